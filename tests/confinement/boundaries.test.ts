import { describe, expect, test } from 'vitest';
import { hostArchitecture } from '../../src/host/host-architecture.ts';
import { callNumber } from '../../src/seccomp/call-number.ts';
import type { Condition } from '../../src/seccomp/condition.ts';
import { conditionHolds } from '../../src/seccomp/evaluate-condition.ts';
import { BOUNDARIES, type BoundaryCall } from '../../src/seccomp/groups/boundaries.ts';
import { parseRule } from '../../src/seccomp/language/parse-rule.ts';
import { resolveCondition } from '../../src/seccomp/language/resolve-condition.ts';
import { findWitness } from '../../src/seccomp/witness.ts';
import { prepareGround } from './support/ground.ts';

const ARCHITECTURE = hostArchitecture();

/** So many ways across are tried of each call. */
const WAYS = 4;

const ground = prepareGround();

function conditionOf(rule: string): Condition {
  const parsed = parseRule(rule);
  if (!parsed.ok || parsed.value.condition === undefined) throw new Error(`no condition: ${rule}`);
  return resolveCondition(parsed.value.condition, parsed.value.target.name, ARCHITECTURE);
}

/** Arguments that the kernel cuts to their low 32 bits. */
function intsOf(condition: Condition): ReadonlySet<number> {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return new Set(condition.terms.flatMap((term) => [...intsOf(term)]));
    case 'not':
      return intsOf(condition.term);
    case 'compare':
      return new Set(condition.width === 32 ? [condition.argument] : []);
    default:
      return new Set();
  }
}

/** Arguments that no safe form of the call covers; each also with bits that the kernel does not look at. */
function waysAcross({ safe }: BoundaryCall): readonly (readonly bigint[])[] {
  const condition: Condition = { kind: 'or', terms: safe.map(conditionOf) };
  const ints = intsOf(condition);
  const ways: (readonly bigint[])[] = [];
  while (ways.length < WAYS) {
    const found = findWitness(
      [condition],
      (args) => !conditionHolds(condition, args) && !ways.some((way) => String(way) === String(args)),
    );
    if (found === undefined || found === 'unknown') break;
    ways.push(found);
  }
  return ways.flatMap((way) => {
    const disguised = way.map((value, index) => (ints.has(index) ? value | (0x5an << 32n) : value));
    return ints.size === 0 ? [way] : [way, disguised];
  });
}

/** What stands in memory or makes rings does not exist, so that programs take what a filter can see. */
const HIDDEN = new Set(['clone3', 'io_uring_setup', 'io_uring_enter', 'io_uring_register']);

/** signals.test.ts tries those that Landlock stops: the groups of our own have them. */
const FILTERED = BOUNDARIES.filter(({ where }) => where?.unscopedSignals !== true);

const CALLS = FILTERED.flatMap(({ name, calls }) =>
  calls.flatMap((entry) => {
    const number = callNumber(entry.call, ARCHITECTURE);
    return number === undefined ? [] : [{ boundary: name, ...entry, number }];
  }),
);

describe('each boundary of the filter language', () => {
  test.each(CALLS)('$boundary: $call', async ({ number, ...entry }) => {
    const ways = waysAcross(entry);
    expect(ways.length).toBeGreaterThan(0);
    const refused = HIDDEN.has(entry.call) ? 'ENOSYS' : 'SIGSYS';
    for (const way of ways) {
      const request = `call ${[number, ...way].join(' ')}`;
      const places = (['open', 'confined', 'built', 'unprivileged'] as const).map((place) =>
        ground()[place].attempt(request),
      );
      // The gate is asked about an exec there.
      const asked = entry.call === 'execveat' ? 'EPERM' : refused;
      const open = expect.stringMatching(/^(done|E[A-Z0-9]+)$/);
      expect(await Promise.all(places), request).toEqual([open, refused, refused, asked]);
    }
  });
});
