import { hasErrors } from '../../../../src/policy/diagnostic.ts';
import { importBpf } from '../../../../src/seccomp/convert/bpf/import.ts';
import { compileFilter, encodeProgram } from '../../../../src/seccomp/index.ts';
import { demand, demandDiagnostics } from '../../../support/fuzz/demands.ts';
import { fuzz } from '../../../support/fuzz/fuzz.ts';
import { mutateProgram } from '../../../support/fuzz/mutate-program.ts';
import { filterOf } from '../../support/policy.ts';
import { X86_64 } from '../support/answers.ts';

const PROGRAMS = [
  ['read', 'write(fd in {1, 2})', 'socket(family == AF_UNIX)', 'kill(pid == 0) -> trap(7)'],
  [
    'fallocate(fd:64 == 3 && mode & 4 != 0 && offset < 4096)',
    'getpid -> log',
    'lseek(offset >= 0x100000000)',
  ],
].map((rules) => encodeProgram(compileFilter(filterOf(rules))));

fuzz('bpf', {
  input: (random) => mutateProgram(PROGRAMS[random(PROGRAMS.length)] ?? new Uint8Array(8), random),
  read: (bytes) => {
    const { filter, diagnostics } = importBpf(bytes, X86_64);
    demand((filter === undefined) === hasErrors(diagnostics), 'neither a filter nor an error, or both');
    demandDiagnostics(diagnostics, X86_64.file, '');
    return filter !== undefined;
  },
});
