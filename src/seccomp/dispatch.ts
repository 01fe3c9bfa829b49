import { syscallNumbers } from '../kernel/system-calls.ts';
import { actionValue } from './action-value.ts';
import { OFFSET_NR } from './bpf/instruction.ts';
import { CANCELLED_CALL, X32_SYSCALL_BIT } from './call-number.ts';
import type { Decisions } from './decision.ts';
import type { Filter } from './filter.ts';
import type { Predicate, PredicateGraph, PredicateNode } from './predicate-graph.ts';

/** Consecutive call numbers with one decision; ends where the next range starts. */
interface Range {
  readonly first: number;
  readonly last: number;
  readonly node: PredicateNode;
}

function lies(number: number, { first, last }: Range): boolean {
  return number >= first && number <= last;
}

/** A call that is always denied need not be fast. */
function isDenial(node: PredicateNode): boolean {
  return node.kind === 'return' && node.value !== actionValue({ kind: 'allow' });
}

/** A range with the calls that it lets through: the more, the fewer tests should lead to it. */
type WeighedRange = Range & { readonly weight: number };

/** The tree that finds the decision for a call number. Only the number is looked at, so that the kernel can cache it. */
export function dispatch(graph: PredicateGraph, filter: Filter, decisions: Decisions): PredicateNode {
  const numbers = [...syscallNumbers(filter.architecture).keys()];
  const weighed = ranges(graph, filter, decisions).map((range) => ({
    ...range,
    weight: 1 + (isDenial(range.node) ? 0 : numbers.filter((number) => lies(number, range)).length),
  }));
  return tree(graph, weighed);
}

function ranges(
  graph: PredicateGraph,
  filter: Filter,
  { numbers, known, unknown }: Decisions,
): readonly Range[] {
  const points = new Map(
    [...numbers].map(([number, decision]) => [number, graph.decide(decision, filter.overridesAt)]),
  );
  const knownNode = graph.answer(actionValue(known));
  const unknownNode = graph.answer(actionValue(unknown));
  const starts = new Set([0, filter.firstUnknown, CANCELLED_CALL]);
  for (const number of points.keys()) starts.add(number).add(number + 1);
  const x32 =
    filter.architecture === 'x86_64' ? graph.answer(actionValue({ kind: 'kill_process' })) : undefined;
  if (x32 !== undefined) starts.add(X32_SYSCALL_BIT);

  const at = (number: number): PredicateNode => {
    if (number === CANCELLED_CALL) return knownNode;
    if (x32 !== undefined && number >= X32_SYSCALL_BIT) return x32;
    return points.get(number) ?? (number >= filter.firstUnknown ? unknownNode : knownNode);
  };
  const merged: Range[] = [];
  const ordered = [...starts].sort((a, b) => a - b);
  ordered.forEach((first, index) => {
    const last = (ordered[index + 1] ?? CANCELLED_CALL + 1) - 1;
    const node = at(first);
    const previous = merged.at(-1);
    if (previous?.node === node) merged[merged.length - 1] = { ...previous, last };
    else merged.push({ first, last, node });
  });
  return merged;
}

function numberTest(comparison: Predicate['comparison'], number: number): Predicate {
  return { offset: OFFSET_NR, width: 32, mask: 0xffff_ffffn, comparison, value: BigInt(number) };
}

function tree(graph: PredicateGraph, weighed: readonly WeighedRange[]): PredicateNode {
  const [first, second, third] = weighed;
  if (first === undefined) throw new RangeError('a tree has at least one range');
  if (second === undefined) return first.node;
  const single = second.first === second.last;
  if (weighed.length === 3 && third !== undefined && single && first.node === third.node) {
    return graph.test(numberTest('==', second.first), second.node, first.node);
  }
  const middle = balance(weighed);
  const pivot = weighed[middle]?.first ?? 0;
  return graph.test(
    numberTest('>=', pivot),
    tree(graph, weighed.slice(middle)),
    tree(graph, weighed.slice(0, middle)),
  );
}

/** Where to cut a list of at least two, so that both parts weigh as much as each other. */
function balance(weighed: readonly WeighedRange[]): number {
  const total = weighed.reduce((sum, { weight }) => sum + weight, 0);
  let before = 0;
  const cut = weighed.findIndex(({ weight }) => {
    before += weight;
    return before - weight / 2 >= total / 2;
  });
  return Math.min(Math.max(cut, 1), weighed.length - 1);
}
