import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AUDIT_ARCH } from '../../src/kernel/architecture.ts';
import type { Condition } from '../../src/seccomp/condition.ts';
import { compileFilter, type Filter, simulate } from '../../src/seccomp/index.ts';
import { evaluate } from './support/oracle.ts';
import { Random } from './support/random.ts';
import { constants, filter, numberOf } from './support/random-filter.ts';

const FILTERS = 4000;
const CALLS_OF_EACH = 256;

const STEPS = [0n, 1n, -1n, 1n << 32n, -(1n << 32n)];
const ALL = (1n << 64n) - 1n;

/** Registers next to the constants that a filter compares with, and a few others, for each argument. */
function registers(subject: Filter): readonly (readonly bigint[])[] {
  const compared = [...subject.rules, ...subject.overrides].flatMap(({ condition }) => constants(condition));
  return [0, 1, 2, 3, 4, 5].map((index) =>
    [{ argument: index, value: 0n, mask: ALL }, ...compared]
      .filter(({ argument }) => argument === index)
      .flatMap(({ value, mask }) =>
        STEPS.flatMap((step) => [value + step, mask + step, (value & mask) | (ALL ^ mask)]),
      )
      .map((value) => BigInt.asUintN(64, value)),
  );
}

/** Call numbers that a filter names, their neighbours, and the ends of all ranges. */
function numbers(subject: Filter): readonly number[] {
  const named = [...subject.rules, ...subject.overrides].map(({ call }) => numberOf(call) ?? 0);
  const near = [...named, ...subject.unsupported, subject.firstUnknown].flatMap((nr) => [nr, nr + 1, nr - 1]);
  const ends = [0, 0x3fffffff, 0x40000000, 0x40000001, 0xfffffffe, 0xffffffff];
  return [...new Set([...near.filter((nr) => nr >= 0), ...ends])];
}

/** The filter as one call number sees it: the evaluator need not look at the rules of others. */
function about(subject: Filter, nr: number): Filter {
  const isAbout = ({ call }: { readonly call: string }): boolean => numberOf(call) === nr;
  return { ...subject, rules: subject.rules.filter(isAbout), overrides: subject.overrides.filter(isAbout) };
}

/** Every operator with both widths, alone and under a mask, every way to join conditions, and every action. */
const WORDS = [
  ...['==', '!=', '<', '<=', '>', '>='].flatMap((comparison) =>
    ['32', '64', '32 masked', '64 masked'].map((width) => `${comparison} ${width}`),
  ),
  ...['true', 'false', 'and', 'or', 'not'],
  ...['kill_process', 'kill_thread', 'trap', 'errno', 'user_notif', 'trace', 'log', 'allow'],
];

function wordsOf(node: Condition): readonly string[] {
  switch (node.kind) {
    case 'compare': {
      const masked = node.mask === BigInt.asUintN(node.width, ALL) ? '' : ' masked';
      return [`${node.comparison} ${node.width}${masked}`];
    }
    case 'and':
    case 'or':
      return [node.kind, ...node.terms.flatMap(wordsOf)];
    case 'not':
      return [node.kind, ...wordsOf(node.term)];
    default:
      return [node.kind];
  }
}

test('a million calls are answered as the rules say', () => {
  const random = new Random(20_061);
  let calls = 0;
  const met = new Set<string>();
  for (const subject of fc.sample(filter, { numRuns: FILTERS, seed: 4 })) {
    for (const { condition, action } of subject.rules)
      for (const word of [...wordsOf(condition), action.kind]) met.add(word);
    const program = compileFilter(subject);
    const arch = AUDIT_ARCH[subject.architecture];
    const pools = registers(subject);
    const parts = numbers(subject).map((nr) => about(subject, nr));
    const known = numbers(subject);
    for (let count = 0; count < CALLS_OF_EACH; count += 1) {
      const place = random.below(known.length);
      const [nr = 0, part = subject] = [known[place], parts[place]];
      const args = pools.map((pool) => pool[random.below(pool.length)] ?? 0n);
      const answer = simulate(program, { arch, nr, args });
      if (answer !== evaluate(part, { nr, args }, numberOf))
        expect.fail(`nr ${nr}, args ${args}: ${answer} of ${JSON.stringify(subject.rules, text)}`);
      calls += 1;
    }
  }
  expect(calls).toBeGreaterThan(1_000_000);
  expect([...met].sort()).toEqual([...WORDS].sort());
});

function text(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value;
}
