import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ARCHITECTURES, AUDIT_ARCH } from '../../src/kernel/architecture.ts';
import { syscallNumber } from '../../src/kernel/system-calls.ts';
import { compileFilter, resolveFilter, simulate } from '../../src/seccomp/index.ts';
import { policyOf } from './support/policy.ts';
import { CALL, meaning } from './support/random-text.ts';

const LARGE = 1n << 64n;

const register = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(0n, 1n << 31n, 1n << 32n, 1n << 63n, LARGE - 1n, LARGE - 100n),
      fc.bigInt({ min: -3n, max: 3n }),
    )
    .map(([corner, step]) => BigInt.asUintN(64, corner + step)),
  fc.bigInt({ min: 0n, max: LARGE - 1n }),
);

/** Rules may be long, but not longer than the parser takes. */
const condition = meaning.filter(({ text }) => text.length < 4000);

test('what a rule says is what its program does', () => {
  const registers = fc.array(fc.tuple(register, register, register, register), {
    minLength: 30,
    maxLength: 30,
  });
  fc.assert(
    fc.property(
      condition,
      registers,
      fc.constantFrom(...ARCHITECTURES),
      ({ text, holds }, calls, architecture) => {
        const rule = `${CALL}(${text})`;
        const { filter, diagnostics } = resolveFilter(policyOf([rule]), architecture);
        const errors = diagnostics.filter(({ severity }) => severity === 'error');
        expect(errors).toEqual([]);
        const program = compileFilter(filter);
        const nr = syscallNumber(CALL, architecture) ?? -1;
        for (const args of calls) {
          const answer = simulate(program, { arch: AUDIT_ARCH[architecture], nr, args });
          expect(answer, `${rule} for ${args}`).toBe(holds(args) ? 0x7fff0000 : 0x80000000);
        }
      },
    ),
    { numRuns: 800 },
  );
}, 60_000);
