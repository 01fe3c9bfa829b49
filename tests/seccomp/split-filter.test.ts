import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AUDIT_ARCH } from '../../src/kernel/architecture.ts';
import { compileFilter, simulate, splitFilter } from '../../src/seccomp/index.ts';
import { evaluate, holds, stricter } from './support/oracle.ts';
import { callsFor, filter, numberOf, rules } from './support/random-filter.ts';

const OBSERVED = new Set([0x7fc00000, 0x7ff00000, 0x7ffc0000]);

const splitWithCalls = fc
  .record({ policy: filter.map((subject) => ({ ...subject, scope: undefined, overrides: [] })), gate: rules })
  .chain(({ policy, gate }) =>
    fc.record({
      policy: fc.constant(policy),
      gate: fc.constant(gate),
      calls: fc.array(callsFor({ ...policy, overrides: gate }), { minLength: 20, maxLength: 60 }),
    }),
  );

test('both filters together are the policy, and the first lets the gate work', () => {
  fc.assert(
    fc.property(splitWithCalls, ({ policy, gate, calls }) => {
      const { first, second } = splitFilter(policy, gate);
      const programs = [compileFilter(second), compileFilter(first)] as const;
      for (const call of calls) {
        const data = { arch: AUDIT_ARCH[policy.architecture], ...call };
        const [newer, older] = [simulate(programs[0], data), simulate(programs[1], data)];
        expect(stricter(newer, older), `nr ${call.nr}, args ${call.args}`).toBe(
          evaluate(policy, call, numberOf),
        );
        expect(OBSERVED.has((older & 0xffff0000) >>> 0)).toBe(false);
        const x32 = policy.architecture === 'x86_64' && call.nr >= 0x40000000;
        const needed = gate.some(
          (rule) => numberOf(rule.call) === call.nr && holds(rule.condition, call.args),
        );
        if (needed && !x32) expect(older).toBe(0x7fff0000);
      }
    }),
    { numRuns: 1000 },
  );
});

test('what neither the gate nor an observer is concerned with is decided once', () => {
  const policy = {
    architecture: 'x86_64',
    default: { kind: 'kill_process' },
    unsupported: [],
    firstUnknown: 472,
    rules: [{ call: 'read', condition: { kind: 'true' }, action: { kind: 'allow' }, source: undefined }],
    overrides: [],
    scope: undefined,
  } as const;
  const { second } = splitFilter(policy, [{ ...policy.rules[0], call: 'close' }]);
  const program = compileFilter(second);
  expect(simulate(program, { arch: AUDIT_ARCH.x86_64, nr: 1, args: [] })).toBe(0x7fff0000);
  expect(simulate(program, { arch: AUDIT_ARCH.x86_64, nr: 3, args: [] })).toBe(0x80000000);
});
