import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AUDIT_ARCH } from '../../src/kernel/architecture.ts';
import { syscallNumber } from '../../src/kernel/system-calls.ts';
import { compileFilter, type Filter, type Rule, simulate, splitFilter } from '../../src/seccomp/index.ts';
import { ARCHITECTURE, compileLive, type LiveFilter } from './support/live-filter.ts';
import { type Call, evaluate } from './support/oracle.ts';
import { callsFor, numberOf, filter as randomFilter, rules as randomRules } from './support/random-filter.ts';

let live: LiveFilter;

beforeAll(() => {
  live = compileLive();
});

afterAll(() => live.remove());

/** Calls that ignore their arguments and always succeed: under them allow and log differ from trace and user_notif. */
const HARMLESS = ['getuid', 'getegid', 'getppid'].map((name) => syscallNumber(name, ARCHITECTURE) ?? 0);

/** Calls that the kernel does not have: ENOSYS when the filters let them pass. */
const UNUSED = [600, 601, 777, 900];

const NUMBERS = [...UNUSED, ...HARMLESS];
const ENOSYS = 38;

function aboutOurNumbers(rules: readonly Rule[]): readonly Rule[] {
  const survivable = ['errno', 'log', 'trace', 'user_notif', 'allow'];
  return rules.map((rule, index) => ({
    ...rule,
    call: `syscall_${NUMBERS[index % NUMBERS.length]}`,
    action: survivable.includes(rule.action.kind) ? rule.action : { kind: 'errno', errno: 100 + index },
  }));
}

/** A random policy under which the program that makes the calls runs, and what a gate of random needs calls. */
const stacks = fc
  .record({
    base: randomFilter,
    rules: randomRules,
    gate: randomRules,
    fallback: fc.constantFrom('allow', 'allow', 'allow', 'log'),
  })
  .map(({ base, rules, gate, fallback }) => {
    const policy: Filter = {
      ...base,
      architecture: ARCHITECTURE,
      default: { kind: fallback },
      rules: aboutOurNumbers(rules),
      overrides: [],
      scope: undefined,
      unsupported: [],
      firstUnknown: 2000,
    };
    return { policy, gate: aboutOurNumbers(gate) };
  })
  .chain(({ policy, gate }) =>
    fc.record({
      policy: fc.constant(policy),
      gate: fc.constant(gate),
      calls: fc.array(callsFor({ ...policy, overrides: gate }), { minLength: 42, maxLength: 42 }),
    }),
  );

/** What the caller sees of a filter's answer: nobody traces it and nobody listens. */
function seen(answer: number, nr: number): number {
  const unanswered = UNUSED.includes(nr) ? ENOSYS : 0;
  switch ((answer & 0xffff0000) >>> 0) {
    case 0x50000:
      return answer & 0xffff;
    case 0x7fc00000:
    case 0x7ff00000:
      return ENOSYS;
    default:
      return unanswered;
  }
}

const samples = fc.sample(stacks, { numRuns: 60, seed: 20_240_602 });

function spread(calls: readonly Call[]): readonly Call[] {
  return calls.map((call, index) => ({ ...call, nr: NUMBERS[index % NUMBERS.length] ?? 600 }));
}

test('both filters, installed one upon the other, answer as the policy does', () => {
  const kinds = new Set<number>();
  for (const { policy, gate, calls: random } of samples) {
    const calls = spread(random);
    const { first, second } = splitFilter(policy, gate);
    const whole = compileFilter(policy);
    const expected = calls.map((call) => evaluate(policy, call, numberOf));
    for (const answer of expected) kinds.add((answer & 0xffff0000) >>> 0);
    expect(calls.map((call) => simulate(whole, { arch: AUDIT_ARCH[ARCHITECTURE], ...call }))).toEqual(
      expected,
    );
    expect(live.answers([compileFilter(first), compileFilter(second)], calls)).toEqual(
      calls.map((call, index) => seen(expected[index] ?? 0, call.nr)),
    );
  }
  expect(kinds).toEqual(new Set([0x50000, 0x7fc00000, 0x7ff00000, 0x7ffc0000, 0x7fff0000]));
});

test('the first alone is not the policy: the calls tell the difference', () => {
  const differing = samples.filter(({ policy, gate, calls: random }) => {
    const calls = spread(random);
    const alone = live.answers([compileFilter(splitFilter(policy, gate).first)], calls);
    return calls.some((call, index) => alone[index] !== seen(evaluate(policy, call, numberOf), call.nr));
  });
  expect(differing.length).toBeGreaterThan(samples.length / 2);
});
