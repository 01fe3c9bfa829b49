import fc from 'fast-check';
import type { Action } from '../../../src/seccomp/action.ts';
import type { Comparison, Condition } from '../../../src/seccomp/condition.ts';
import type { Filter, Rule } from '../../../src/seccomp/filter.ts';
import type { Call } from './oracle.ts';

/** Numbers around which compilers of 64-bit tests go wrong. */
const CORNERS: readonly bigint[] = [0n, 1n << 31n, 1n << 32n, 3n << 32n, 1n << 63n, (1n << 64n) - 1n];

const register: fc.Arbitrary<bigint> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...CORNERS), fc.integer({ min: -3, max: 3 }))
    .map(([corner, step]) => BigInt.asUintN(64, corner + BigInt(step))),
  fc.bigInt({ min: 0n, max: 255n }),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
);

const comparison: fc.Arbitrary<Comparison> = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');

const compare: fc.Arbitrary<Condition> = fc
  .record({
    argument: fc.constantFrom(0, 1, 2, 3, 4, 5) as fc.Arbitrary<0 | 1 | 2 | 3 | 4 | 5>,
    width: fc.constantFrom(32, 64) as fc.Arbitrary<32 | 64>,
    mask: fc.option(register, { nil: (1n << 64n) - 1n }),
    comparison,
    value: register,
    fitting: fc.boolean(),
  })
  .map(({ argument, width, mask, comparison: order, value, fitting }) => {
    const cut = BigInt.asUintN(width, mask);
    const fits = BigInt.asUintN(width, value);
    return {
      kind: 'compare',
      argument,
      width,
      mask: cut,
      comparison: order,
      value: fitting ? fits & cut : fits,
    };
  });

export const condition: fc.Arbitrary<Condition> = fc.letrec<{ node: Condition }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    compare,
    fc.constantFrom<Condition>({ kind: 'true' }, { kind: 'false' }),
    fc
      .record({ kind: fc.constantFrom('and', 'or'), terms: fc.array(tie('node'), { maxLength: 4 }) })
      .map(({ kind, terms }): Condition => ({ kind: kind === 'and' ? 'and' : 'or', terms })),
    tie('node').map((term): Condition => ({ kind: 'not', term })),
  ),
})).node;

export const action: fc.Arbitrary<Action> = fc.oneof(
  fc.constantFrom<Action>(
    { kind: 'kill_process' },
    { kind: 'kill_thread' },
    { kind: 'log' },
    { kind: 'user_notif' },
  ),
  fc.constant<Action>({ kind: 'allow' }),
  fc.integer({ min: 0, max: 4095 }).map((errno): Action => ({ kind: 'errno', errno })),
  fc.integer({ min: 0, max: 65535 }).map((data): Action => ({ kind: 'trap', data })),
  fc.integer({ min: 0, max: 65535 }).map((data): Action => ({ kind: 'trace', data })),
);

const NUMBERS = [0, 1, 2, 3, 7, 8, 9, 40, 41, 500, 501, 900];

export function numberOf(name: string): number | undefined {
  const match = /^syscall_(\d+)$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

const rule: fc.Arbitrary<Rule> = fc.record({
  call: fc.constantFrom(...NUMBERS).map((number) => `syscall_${number}`),
  condition: fc.oneof(condition, fc.constant<Condition>({ kind: 'true' })),
  action,
  source: fc.constant(undefined),
});

export const rules: fc.Arbitrary<readonly Rule[]> = fc.array(rule, { maxLength: 12 });

export const filter: fc.Arbitrary<Filter> = fc
  .record({
    architecture: fc.constantFrom('x86_64', 'aarch64') as fc.Arbitrary<Filter['architecture']>,
    default: action,
    unsupported: fc.uniqueArray(fc.constantFrom(4, 5, 30, 400), { maxLength: 3 }),
    firstUnknown: fc.constantFrom(424, 472),
    rules,
    overrides: fc.oneof(fc.constant<readonly Rule[]>([]), fc.array(rule, { maxLength: 4 })),
    scope: fc.option(fc.array(fc.constantFrom(...NUMBERS, 4).map((number) => `syscall_${number}`)), {
      nil: undefined,
    }),
  })
  .map((parts) => {
    const named = new Set(parts.rules.map((one) => numberOf(one.call)));
    return {
      ...parts,
      unsupported: parts.unsupported.filter((number) => !named.has(number)),
      scope: parts.scope === undefined ? undefined : new Set(parts.scope),
    };
  });

/** Every constant that a filter compares an argument with. */
export function constants(node: Condition): readonly { argument: number; value: bigint; mask: bigint }[] {
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.terms.flatMap(constants);
    case 'not':
      return constants(node.term);
    case 'compare':
      return [node];
    default:
      return [];
  }
}

const STEPS = [0n, 1n, -1n, 1n << 32n, -(1n << 32n)];

/** Calls of the numbers that a filter names and of their neighbours, with arguments next to its constants. */
export function callsFor(subject: Filter): fc.Arbitrary<Call> {
  const near = [...subject.rules, ...subject.overrides].flatMap((one) => constants(one.condition));
  const argument = (index: number): fc.Arbitrary<bigint> => {
    const own = near.filter((constant) => constant.argument === index);
    const close = own.flatMap(({ value, mask }) =>
      STEPS.flatMap((step) => [value + step, mask + step, (value & mask) | (((1n << 64n) - 1n) ^ mask)]),
    );
    return close.length === 0
      ? register
      : fc.oneof(register, fc.constantFrom(...close.map((value) => BigInt.asUintN(64, value))));
  };
  const numbers = [
    ...NUMBERS,
    4,
    5,
    30,
    400,
    423,
    424,
    471,
    472,
    0x3fffffff,
    0x40000000,
    0x40000001,
    0x7fffffff,
    0xfffffffe,
    0xffffffff,
  ];
  return fc.record({
    nr: fc.constantFrom(...numbers, ...subject.rules.map((one) => numberOf(one.call) ?? 0)),
    args: fc.tuple(argument(0), argument(1), argument(2), argument(3), argument(4), argument(5)),
  });
}
