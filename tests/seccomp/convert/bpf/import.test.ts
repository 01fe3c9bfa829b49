import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exportBpf } from '../../../../src/seccomp/convert/bpf/export.ts';
import { importBpf } from '../../../../src/seccomp/convert/bpf/import.ts';
import { importedFilter } from '../../../../src/seccomp/convert/import-seccomp.ts';
import { compileFilter, encodeProgram, type Program } from '../../../../src/seccomp/index.ts';
import { filterOf } from '../../support/policy.ts';
import { mutated } from '../../support/random-program.ts';
import { said, X86_64 } from '../support/answers.ts';
import { NamedCalls } from '../support/same-answers.ts';

const GIVEN = filterOf([
  'read',
  'write(fd in {1, 2})',
  'socket(family == AF_UNIX)',
  'socket(family == AF_INET) -> errno(EACCES)',
  'fallocate(fd:64 == 3 && mode & 4 != 0 && offset < 4096)',
  'kill(pid == 0) -> trap(7)',
]);

function bytesOf(instructions: Program['instructions']): Uint8Array {
  return encodeProgram({ architecture: 'x86_64', instructions });
}

test('a program that is exported and imported again answers as it did', () => {
  const { content } = exportBpf(GIVEN, { name: 'given' });
  const imported = importBpf(content ?? '', X86_64);
  expect(said(imported)).toEqual([]);
  if (imported.filter === undefined) throw new Error('no filter');
  const calls = new NamedCalls(GIVEN);
  const again = importedFilter(imported.filter, 'x86_64').filter;
  expect(calls.difference(calls.ofFilter(GIVEN), calls.ofFilter(again))).toBeUndefined();
});

test('a program with a mistake is imported as what it does now, never wider, or refused with a reason', () => {
  let imports = 0;
  const { instructions } = compileFilter(GIVEN);
  fc.assert(
    fc.property(mutated(fc.constant(instructions)), (changed) => {
      const { filter, diagnostics } = importBpf(bytesOf(changed), X86_64);
      if (filter === undefined) {
        expect(diagnostics.filter(({ severity }) => severity === 'error')).not.toEqual([]);
        return;
      }
      imports += 1;
      const calls = new NamedCalls(GIVEN);
      const found = calls.ofProgram({ architecture: 'x86_64', instructions: changed });
      const ours = calls.ofFilter(importedFilter(filter, 'x86_64').filter);
      expect(calls.wider(found, ours)).toBeUndefined();
      if (diagnostics.length === 0) expect(calls.difference(found, ours)).toBeUndefined();
    }),
    { numRuns: 50, seed: 20_261_124 },
  );
  expect(imports).toBeGreaterThan(20);
});

test('any bytes are imported or refused with a reason', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const { filter, diagnostics } = importBpf(bytes, X86_64);
      if (filter === undefined) expect(diagnostics).not.toEqual([]);
    }),
    { numRuns: 3000, seed: 20_261_124 },
  );
});

test('what is no program is refused as the kernel would, with the reason', () => {
  expect(said(importBpf('A = nr\n', X86_64))).toMatchSnapshot();
  expect(said(importBpf(new Uint8Array(0), X86_64))).toMatchSnapshot();
  expect(said(importBpf(new Uint8Array(12), X86_64))).toMatchSnapshot();
  expect(said(importBpf(bytesOf([{ code: 0x94, jt: 0, jf: 0, k: 2 }]), X86_64))).toMatchSnapshot();
});
