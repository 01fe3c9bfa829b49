import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ARCHITECTURES, AUDIT_ARCH } from '../../../src/kernel/architecture.ts';
import { syscallNumber } from '../../../src/kernel/system-calls.ts';
import { compileFilter, resolveFilter, simulate } from '../../../src/seccomp/index.ts';
import { policyOf } from '../support/policy.ts';
import { Random } from '../support/random.ts';
import { CALL, meaning } from '../support/random-text.ts';

const LARGE = 1n << 64n;

/** Values near which masks and orders change their minds. */
const CORNERS = [0n, 1n << 31n, 1n << 32n, 1n << 63n, LARGE - 1n, LARGE - 100n];

function register(random: Random): bigint {
  if (random.below(2) === 0) return (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32));
  const corner = CORNERS[random.below(CORNERS.length)] ?? 0n;
  return BigInt.asUintN(64, corner + BigInt(random.below(7) - 3));
}

const RULES = 800;
const CALLS_OF_EACH = 1280;

/** Rules may be long, but not longer than the parser takes. */
const condition = meaning.filter(({ text }) => text.length < 4000);

test('what a rule says is what its program does, for a million calls', () => {
  const random = new Random(20_062);
  let calls = 0;
  fc.assert(
    fc.property(condition, fc.constantFrom(...ARCHITECTURES), ({ text, holds }, architecture) => {
      const rule = `${CALL}(${text})`;
      const { filter, diagnostics } = resolveFilter(policyOf([rule]), architecture);
      const errors = diagnostics.filter(({ severity }) => severity === 'error');
      expect(errors).toEqual([]);
      const program = compileFilter(filter);
      const nr = syscallNumber(CALL, architecture) ?? -1;
      for (let count = 0; count < CALLS_OF_EACH; count += 1) {
        const args = [register(random), register(random), register(random), register(random)];
        const answer = simulate(program, { arch: AUDIT_ARCH[architecture], nr, args });
        if (answer !== (holds(args) ? 0x7fff0000 : 0x80000000)) expect.fail(`${rule} for ${args}: ${answer}`);
        calls += 1;
      }
    }),
    { numRuns: RULES, endOnFailure: true },
  );
  expect(calls).toBeGreaterThan(1_000_000);
});
