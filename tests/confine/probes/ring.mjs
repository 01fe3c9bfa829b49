// Makes an io_uring ring, and has the kernel open a file for writing through it, past the filter. Prints one line of JSON.
// argv: a folder to write into, and the options of confine() as JSON, or nothing.
import { existsSync } from 'node:fs';
import koffi from 'koffi';
import { confine } from 'portcullis';

const [folder, options] = process.argv.slice(2);
const libc = koffi.load(null);
const syscall = libc.func('long syscall(long number, ...)');
const read = libc.func('void *memcpy(void *to, uintptr_t from, size_t length)');
const write = libc.func('void *memmove(uintptr_t to, void *from, size_t length)');
const long = (...values) => values.flatMap((value) => ['long', value]);
const pointer = (value) => ['void *', value];

const MMAP = process.arch === 'x64' ? 9 : 222;
const ENTER = 426;
const AT_FDCWD = -100;
const IORING_OP_OPENAT = 18;
const O_WRONLY_CREAT = 0o101;

const params = Buffer.alloc(120);
const ring = syscall(425, ...long(8), ...pointer(params));
const map = (offset) => BigInt(syscall(MMAP, ...pointer(null), ...long(16384, 3, 1, ring, offset)));
const rings = map(0);
const submissions = map(0x10000000);
const [tail, array, completions] = [44, 64, 100].map((offset) => BigInt(params.readUInt32LE(offset)));

const word = (address) => {
  const bytes = Buffer.alloc(4);
  read(bytes, address, 4);
  return bytes.readInt32LE();
};
const setWord = (address, value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  write(address, bytes, 4);
};
setWord(rings + array, 0);

let report;
if (options !== undefined) report = confine(JSON.parse(options)).rings.includes(ring);

const path = Buffer.from(`${folder}/through-the-ring\0`);
const submission = Buffer.alloc(64);
submission.writeUInt8(IORING_OP_OPENAT, 0);
submission.writeInt32LE(AT_FDCWD, 4);
submission.writeBigUInt64LE(koffi.address(path), 16);
submission.writeUInt32LE(0o600, 24);
submission.writeUInt32LE(O_WRONLY_CREAT, 28);
write(submissions, submission, submission.length);
setWord(rings + tail, word(rings + tail) + 1);
const entered = syscall(ENTER, ...long(ring, 1, 1, 1), ...pointer(null), ...long(0));
const errno = koffi.errno();
const answer = entered < 0 ? errno : word(rings + completions + 8n);

// A ring that is made afterwards would be free.
const second = syscall(425, ...long(8), ...pointer(Buffer.alloc(120)));
const secondErrno = koffi.errno();
const exists = existsSync(`${folder}/through-the-ring`);
console.log(JSON.stringify({ report, entered, answer, exists, second: second < 0 ? secondErrno : 'made' }));
