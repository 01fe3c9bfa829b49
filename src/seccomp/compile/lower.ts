import type { Predicate, PredicateNode } from './predicate-graph.ts';
import { WordGraph, type WordNode } from './word-graph.ts';

/**
 * Turns 64-bit predicates into tests of words. No later pass changes tests: merging halves of different predicates would make
 * wrong filters.
 *
 * @param nodes in an order in which the ways on come before the test that leads to them
 */
export function lower(nodes: readonly PredicateNode[], root: PredicateNode): WordNode {
  const graph = new WordGraph();
  const lowered = new Map<PredicateNode, WordNode>();
  const find = (node: PredicateNode): WordNode => {
    const known = lowered.get(node);
    if (known === undefined) throw new RangeError('a test stands before the ways on from it');
    return known;
  };
  for (const node of nodes) {
    lowered.set(
      node,
      node.kind === 'return'
        ? graph.answer(node.value)
        : lowerPredicate(graph, node.predicate, find(node.then), find(node.otherwise)),
    );
  }
  return find(root);
}

function lowWord(value: bigint): number {
  return Number(BigInt.asUintN(32, value));
}

function highWord(value: bigint): number {
  return Number(BigInt.asUintN(32, value >> 32n));
}

function lowerPredicate(
  graph: WordGraph,
  { offset, width, mask, comparison, value }: Predicate,
  then: WordNode,
  otherwise: WordNode,
): WordNode {
  const low = [offset, lowWord(mask), lowWord(value)] as const;
  const high = [offset + 4, highWord(mask), highWord(value)] as const;
  switch (comparison) {
    case '==': {
      const next = graph.equal(...low, then, otherwise);
      return width === 32 ? next : graph.equal(...high, next, otherwise);
    }
    case '>':
    case '>=': {
      const next =
        comparison === '>'
          ? graph.greater(...low, then, otherwise)
          : graph.greaterEqual(...low, then, otherwise);
      if (width === 32) return next;
      if (next === then) return graph.greaterEqual(...high, then, otherwise);
      // Nothing is below 0, so every other value is greater.
      if (highWord(value) === 0) return graph.equal(...high, next, then);
      return graph.greater(...high, then, graph.equal(...high, next, otherwise));
    }
  }
}
