import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AUDIT_ARCH } from '../../src/kernel/architecture.ts';
import { auditFilter } from '../../src/plan/steps/audit-filter.ts';
import { encodeProgram } from '../../src/seccomp/index.ts';
import { mutateBytes } from '../support/fuzz/mutate-bytes.ts';
import { type Random, randomFor } from '../support/fuzz/random.ts';
import { inputsOf, SEED } from '../support/fuzz/shares.ts';
import { HOST } from '../support/host-architecture.ts';
import { TestFolder } from '../support/test-folder.ts';

const MACHINE = AUDIT_ARCH[HOST].toString(16);
const OTHER = AUDIT_ARCH[HOST === 'x86_64' ? 'aarch64' : 'x86_64'].toString(16);

let folder: TestFolder;
let harness: string;

beforeAll(() => {
  folder = new TestFolder();
  harness = join(folder.path, 'record');
  const source = fileURLToPath(new URL('record-harness.c', import.meta.url));
  const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
  execFileSync('cc', ['-std=gnu17', '-O1', '-Wall', '-Werror', ...sanitizers, '-o', harness, source]);
});
afterAll(() => folder[Symbol.dispose]());

/** The message of a record, as the kernel sends it to those who read the log. */
function message(text: string, type = 1326): Buffer {
  const body = Buffer.from(text, 'latin1');
  const bytes = Buffer.alloc(16 + body.length);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(type, 4);
  body.copy(bytes, 16);
  return bytes;
}

/** The record of a denied call, with other values in some fields. */
function record(changes: Readonly<Record<string, string>> = {}): string {
  const fields = {
    auid: '4294967295',
    uid: '0',
    gid: '0',
    ses: '7',
    subj: 'unconfined',
    pid: '14291',
    comm: '"python3"',
    exe: '"/usr/bin/python3.11"',
    sig: '31',
    arch: MACHINE,
    syscall: '39',
    compat: '0',
    ip: '0x7f563d4f34e7',
    code: '0x80000000',
    ...changes,
  };
  const words = Object.entries(fields).map(([key, value]) => `${key}=${value}`);
  return `audit(1796085540.489:149755): ${words.join(' ')}`;
}

function run(messages: readonly Uint8Array[], args: readonly string[] = []): readonly string[] {
  const blocks = messages.flatMap((bytes) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(bytes.length);
    return [size, bytes];
  });
  const output = execFileSync(harness, args, { input: Buffer.concat(blocks), maxBuffer: 1 << 26 });
  return output.toString().trimEnd().split('\n');
}

const FIELDS = [
  { key: 'ses=', form: /^\d+$/, base: '', most: 0xffff_ffffn },
  { key: 'pid=', form: /^\d+$/, base: '', most: 0x7fff_ffffn },
  { key: 'sig=', form: /^\d+$/, base: '', most: 31n },
  { key: 'arch=', form: /^[\da-f]+$/, base: '0x', most: 0xffff_ffffn },
  { key: 'syscall=', form: /^-?\d+$/, base: '', most: 0x7fff_ffffn },
  { key: 'ip=0x', form: /^[\da-f]+$/, base: '0x', most: 0xffff_ffff_ffff_ffffn },
] as const;

/** The same, written another way. */
function expected(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes);
  if (buffer.length < 16 || buffer.length > 8192 || buffer.readUInt16LE(4) !== 1326) return 'none';
  const length = buffer.readUInt32LE(0);
  if (length < 16 || length > buffer.length) return 'none';
  const text = buffer.subarray(16, length).toString('latin1');
  if (!text.startsWith('audit(')) return 'none';
  const values = FIELDS.map(({ key, form, base, most }) => {
    const [word, ...more] = text.split(' ').filter((candidate) => candidate.startsWith(key));
    const digits = word?.slice(key.length) ?? '';
    if (more.length > 0 || !form.test(digits)) return undefined;
    const value = digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(`${base}${digits}`);
    return value > most || value < -most ? undefined : value;
  });
  const [session, pid, signal, machine, call, ip] = values;
  if (values.includes(undefined) || pid === 0n || signal !== 31n) return 'none';
  return machine === BigInt(AUDIT_ARCH[HOST]) ? `${session} ${pid} ${call} ${ip}` : 'none';
}

describe('the gate reads a record of the audit', () => {
  test.each([
    ['of a denied call', {}, '7 14291 39 140008372516071'],
    ['of a number that no call has', { syscall: '-1' }, '7 14291 -1 140008372516071'],
    ['of another ABI of this machine', { syscall: '1073741863' }, '7 14291 1073741863 140008372516071'],
    ['of another machine', { arch: OTHER }, 'none'],
    ['of a thread that a filter in strict mode has killed', { sig: '9' }, 'none'],
    ['of a call that is only logged', { sig: '0' }, 'none'],
    ['without a process', { pid: '0' }, 'none'],
    ['whose process is no number', { pid: '14291x' }, 'none'],
    ['whose process is too large a number', { pid: '4294967297' }, 'none'],
    ['whose address is too large', { ip: '0x10000000000000000' }, 'none'],
    ['with a label that looks like a field', { subj: 'x pid=1' }, 'none'],
    ['with a name that looks like a field', { comm: '"x" sig=31' }, 'none'],
    [
      'of a program whose name is written in numbers',
      { comm: '78207069643D31' },
      '7 14291 39 140008372516071',
    ],
  ])('%s', (_, changes, answer) => {
    expect(run([message(record(changes))])).toEqual([answer]);
    expect(expected(message(record(changes)))).toBe(answer);
  });

  test('of no other type, and no message that is cut off', () => {
    const whole = message(record());
    expect(run([message(record(), 1325), message('x'), Buffer.alloc(0)])).toEqual(['none', 'none', 'none']);
    const cuts = Array.from({ length: whole.length }, (_, size) => whole.subarray(0, size));
    expect(new Set(run(cuts))).toEqual(new Set(['none']));
  });

  test('or none, whatever is in it', { timeout: 7 * 86_400_000 }, () => {
    const inputs = inputsOf('audit record');
    let taken = 0;
    for (let first = 0; first < inputs; first += 5000) {
      const count = Math.min(5000, inputs - first);
      const messages = Array.from({ length: count }, (_, index) => mutated(randomFor(SEED, first + index)));
      const answers = run(messages);
      messages.forEach((bytes, index) => {
        const why = `FUZZ_SEED=${SEED}, input ${first + index}: ${Buffer.from(bytes).toString('latin1')}`;
        expect(answers[index], why).toBe(expected(bytes));
        if (answers[index] !== 'none') taken += 1;
      });
    }
    expect(taken).toBeGreaterThan(inputs / 200);
    expect(taken).toBeLessThan(inputs);
  });
});

const VALUES = ['0', '31', '-1', '4294967295', '4294967296', '18446744073709551616', 'ff', '0x', '', 'g'];

/** A record with other values, words that are doubled or gone, and then other bytes. */
function mutated(random: Random): Uint8Array {
  const words = record().split(' ');
  for (let change = random(3); change > 0; change -= 1) {
    const at = random(words.length);
    const [key = ''] = (words[at] ?? '').split('=');
    const made = `${key}=${VALUES[random(VALUES.length)] ?? ''}`;
    words.splice(at, random(3), ...[made, words[random(words.length)] ?? ''].slice(0, random(3)));
  }
  const bytes = message(words.join(' '));
  return random(2) === 0 ? bytes : mutateBytes(bytes, random);
}

describe('the filter of the socket, in the kernel', () => {
  test('lets through records of what was killed, and nothing else', () => {
    const code = (text: string): Buffer => message(record({ code: text }));
    const passing = [code('0x80000000'), code('0x0')];
    const others = [
      ...['0x7ffc0000', '0x7fc00000', '0x7ff00000', '0x30000', '0x50001', '0x50000'].map(code),
      message(record(), 1325),
      message('', 1326),
      Buffer.from([1]),
    ];
    const program = encodeProgram(auditFilter(HOST));
    const passed = run([program, ...passing, ...others], ['filter']);
    expect(passed).toEqual([...passing.map(({ length }) => String(length)), ...others.map(() => '-1')]);
  });
});
