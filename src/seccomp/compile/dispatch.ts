import { syscallName } from '../../kernel/system-calls.ts';
import { actionValue } from '../action-value.ts';
import { OFFSET_NR } from '../bpf/instruction.ts';
import { CANCELLED_CALL, X32_SYSCALL_BIT } from '../call-number.ts';
import type { Decisions } from '../decision.ts';
import type { Filter } from '../filter.ts';
import { callWeights } from './call-weights.ts';
import type { Predicate, PredicateGraph, PredicateNode } from './predicate-graph.ts';
import { searchTree } from './search-tree.ts';
import type { Segment } from './segment.ts';

/** The most ranges of call numbers that share one optimal search tree. */
export const RANGES_TOGETHER = {
  /** More than the calls of any real policy make. */
  optimal: 128,
  /** A program that is hardly longer, for a tenth of the time. */
  quick: 8,
} as const;

/** The tree that finds the decision for a call number. Only the number is looked at, so that the kernel can cache it. */
export function dispatch(
  graph: PredicateGraph,
  filter: Filter,
  decisions: Decisions,
  together: number,
): PredicateNode {
  return searchTree(segments(graph, filter, decisions), together, {
    atLeast: (number, then, otherwise) => graph.test(numberTest('>=', number), then, otherwise),
    equal: (number, then, otherwise) => graph.test(numberTest('==', number), then, otherwise),
  });
}

function numberTest(comparison: Predicate['comparison'], number: number): Predicate {
  return { offset: OFFSET_NR, width: 32, mask: 0xffff_ffffn, comparison, value: BigInt(number) };
}

/** Every call number by itself, and the ranges between and behind them. */
function segments(
  graph: PredicateGraph,
  filter: Filter,
  { numbers, known, unknown }: Decisions,
): readonly Segment<PredicateNode>[] {
  const { architecture, firstUnknown } = filter;
  const kill = graph.answer(actionValue({ kind: 'kill_process' }));
  const killed = graph.killed(filter.kills?.as, filter.overridesAt);
  const points = new Map(
    [...numbers].map(([number, decision]) => [number, graph.decide(decision, filter.overridesAt, killed)]),
  );
  const knownNode = known.kind === 'kill_process' ? killed : graph.answer(actionValue(known));
  const unknownNode = graph.answer(actionValue(unknown));
  const starts = new Set([0, firstUnknown, CANCELLED_CALL]);
  for (const number of points.keys()) starts.add(number).add(number + 1);
  const x32 = architecture === 'x86_64' ? kill : undefined;
  if (x32 !== undefined) starts.add(X32_SYSCALL_BIT);

  const at = (number: number): PredicateNode => {
    if (number === CANCELLED_CALL) return knownNode;
    if (x32 !== undefined && number >= X32_SYSCALL_BIT) return x32;
    return points.get(number) ?? (number >= firstUnknown ? unknownNode : knownNode);
  };
  const weight = callWeights(filter.weights);
  const ordered = [...starts].sort((a, b) => a - b);
  return ordered.map((first, index) => {
    const last = (ordered[index + 1] ?? CANCELLED_CALL + 1) - 1;
    const node = at(first);
    return {
      first,
      last,
      node,
      weight: weight(syscallName(first, architecture) ?? `syscall_${first}`, node === killed ? kill : node),
    };
  });
}
