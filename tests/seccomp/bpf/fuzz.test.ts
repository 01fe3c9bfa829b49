import fc from 'fast-check';
import { AUDIT_ARCH } from '../../../src/kernel/architecture.ts';
import { mostExecuted } from '../../../src/seccomp/bpf/most-executed.ts';
import {
  assemble,
  blocksOf,
  cacheObstacle,
  checkInstructions,
  compileFilter,
  decodeProgram,
  disassemble,
  dotGraph,
  encodeProgram,
  type Program,
  parseCall,
  testedArchitecture,
  trace,
} from '../../../src/seccomp/index.ts';
import { demand, demandDiagnostics, demandMessage } from '../../support/fuzz/demands.ts';
import { fuzz } from '../../support/fuzz/fuzz.ts';
import { mutateProgram } from '../../support/fuzz/mutate-program.ts';
import { TextMutator } from '../../support/fuzz/mutate-text.ts';
import { filterOf } from '../support/policy.ts';
import { legalProgram } from '../support/random-program.ts';

const COMPILED = [
  ['read', 'write(fd in {1, 2})', 'openat(flags & O_ACCMODE == O_RDONLY)'],
  ['lseek(offset < 0x100000000) -> errno(EACCES)', 'kill -> log', 'getpid -> trace(3)'],
].map((rules) => compileFilter(filterOf(rules)));
const LEGAL = fc
  .sample(legalProgram(), { numRuns: 60, seed: 3 })
  .map((instructions): Program => ({ architecture: 'x86_64', instructions }));
const PROGRAMS = [...COMPILED, ...LEGAL].map(encodeProgram);

fuzz('raw program', {
  input: (random) => mutateProgram(PROGRAMS[random(PROGRAMS.length)] ?? new Uint8Array(8), random),
  read: (bytes) => {
    const decoded = decodeProgram(bytes, 'x86_64');
    if (!decoded.ok) {
      demandMessage(decoded.message);
      return false;
    }
    const { program } = decoded;
    demand(Buffer.compare(encodeProgram(program), bytes) === 0, 'encoded, it is another program');
    const problems = checkInstructions(program);
    for (const { message, help } of problems) [message, help].forEach(demandMessage);
    testedArchitecture(program.instructions);
    const listing = disassemble(program);
    // A listing is read again by the assembler: a second parser, and a slower one.
    if (bytes[0] === 0x20) {
      const again = assemble(listing.join('\n'), { file: 'p', architecture: 'x86_64' }).program;
      demand(again !== undefined, 'the listing is refused');
      demand(
        again === undefined || Buffer.compare(encodeProgram(again), bytes) === 0,
        'the listing is another program',
      );
    }
    if (problems.length > 0) return false;
    const call = { arch: AUDIT_ARCH.x86_64, nr: bytes.length, args: [1n, 1n << 32n] };
    demand(trace(program, call).path.length <= mostExecuted(program, call), 'a longer way than the longest');
    cacheObstacle(program, call);
    demandMessage(dotGraph(blocksOf(program)));
    return true;
  },
});

const listings = new TextMutator(
  [
    'begin: A = arch\n  if (A != x86_64) goto foreign\n  A = nr\n  if (A < read) goto end else goto more # never\nmore: A = high(arg5)\nX = A\nend: return errno(EPERM)\nforeign: return kill_process',
    '0: A = low(ip)\n1: A += 1\n2: A /= X\n3: A <<= 3\n4: A = -A\n5: mem[3] = A\n6: X = mem[3]\n7: if (A & 0xf) goto 8\n8: return A',
    'A = length\nA ^= -1\nA |= O_CREAT\nraw(0x16, 1, 2, 0x3)\nreturn 0x7fff0001\ngoto end\nend: return trap(5)',
    ...COMPILED.map((program) => disassemble(program).join('\n')),
  ],
  [
    ...[
      'A',
      'X',
      '=',
      '==',
      '!=',
      '<=',
      '>=',
      '&',
      '-',
      '+=',
      '>>=',
      'goto',
      'else',
      'if (',
      ')',
      ':',
      '#',
      '\n',
      ';',
    ],
    ...['return', 'mem[16]', 'low(arg0)', 'raw(', '0x100000000', 'read', 'aarch64', 'next', 'arg0', 'length'],
  ],
);

fuzz('assembly', {
  input: (random) => listings.text(random),
  read: (text) => {
    const { program, diagnostics } = assemble(text, { file: 'p.asm', architecture: 'x86_64' });
    demand((program === undefined) === diagnostics.length > 0, 'neither a program nor an error, or both');
    demandDiagnostics(diagnostics, 'p.asm', text);
    if (program === undefined) return false;
    for (const { message } of checkInstructions(program)) demandMessage(message);
    return true;
  },
});

const calls = new TextMutator(
  [
    'write(1, 0x1000, 5)',
    'openat(AT_FDCWD, NULL, O_RDONLY|O_CLOEXEC, 0644) at 0x10000 -> errno(EPERM)',
    'i386: 5(0x1000)',
    'syscall_600(-1, ~0, 3) -> trap(5)',
    'x86_64: getpid() -> allow',
    '0x40000001 -> kill_process',
    '-1(1, 2, 3, 4, 5, 6)',
  ],
  ['(', ')', ',', '->', 'at', ':', '|', '~', '-', 'errno(', 'aarch64:', 'arm:', '#', 'NULL', 'O_CREAT', '"'],
);

fuzz('written call', {
  input: (random) => calls.text(random),
  read: (text) => {
    const result = parseCall(text, 'x86_64');
    if (result.ok) {
      const { nr, args } = result.value.data;
      demand(nr >= 0 && nr <= 0xffff_ffff && args.length <= 6, 'no call of this world');
      demand(
        args.every((value) => value === BigInt.asUintN(64, value)),
        'a register has 64 bits',
      );
      return true;
    }
    const { message, offset, length } = result.problem;
    demandMessage(message);
    demand(length > 0 && offset >= 0 && offset <= text.length, `outside: ${offset}+${length}`);
    return false;
  },
});
