import type { Architecture } from '../kernel/architecture.ts';
import { constantNumber } from '../kernel/constants.ts';
import { IP_BITS, type IpFamily } from '../policy/ip-address.ts';
import type { Program } from '../seccomp/bpf/instruction.ts';
import { layout } from '../seccomp/compile/layout.ts';
import { searchTree } from '../seccomp/compile/search-tree.ts';
import type { Segment } from '../seccomp/compile/segment.ts';
import { ALL_ONES, WordGraph, type WordNode } from '../seccomp/compile/word-graph.ts';
import type { AccessTurns, Turns } from './turns.ts';

/** A filter of a socket answers how much of a packet is kept: nothing, or all. Source: `sk_filter_trim_cap`, net/core/filter.c. */
export const REFUSED = 0;
export const ALLOWED: number = ALL_ONES;

/** The word that is the protocol of the packet, such as ETH_P_IPV6. Source: include/uapi/linux/filter.h. */
export const PROTOCOL_OFFSET: number = unsigned(
  constantNumber('SKF_AD_OFF') + constantNumber('SKF_AD_PROTOCOL'),
);

/** A header of the network, and where the source lies in it. Source: `struct iphdr`, `struct ipv6hdr`. */
const SOURCES: Readonly<Record<IpFamily, { readonly protocol: number; readonly offset: number }>> = {
  inet: { protocol: constantNumber('ETH_P_IP'), offset: 12 },
  inet6: { protocol: constantNumber('ETH_P_IPV6'), offset: 8 },
};

/** Longer lists of ranges are cut in halves before each part is optimised. */
const RANGES_TOGETHER = 12;

/** The offset of a word of the source address: the first one, of the highest bits, is 0. */
export function sourceOffset(family: IpFamily, word: number): number {
  return unsigned(constantNumber('SKF_NET_OFF') + SOURCES[family].offset + 4 * word);
}

/**
 * Compiles a list to the filter of a listening socket: one tree for each of the families that the socket takes. A packet of any
 * other protocol is refused.
 */
export function accessFilter(
  turns: AccessTurns,
  families: readonly IpFamily[],
  architecture: Architecture,
): Program {
  const graph = new WordGraph();
  let root = graph.answer(REFUSED);
  for (const family of families) {
    const tree = new SourceTree(graph, family).of(turns[family]);
    root = graph.equal(PROTOCOL_OFFSET, ALL_ONES, SOURCES[family].protocol, tree, root);
  }
  return { architecture, instructions: layout(root) };
}

/**
 * The tree of one family. It goes down the words of an address, and looks at each only where those before it leave the answer
 * open: no way loads a word twice.
 */
class SourceTree {
  readonly #graph: WordGraph;
  readonly #family: IpFamily;
  readonly #words: number;

  constructor(graph: WordGraph, family: IpFamily) {
    this.#graph = graph;
    this.#family = family;
    this.#words = IP_BITS[family] / 32;
  }

  of(turns: Turns): WordNode {
    return this.#tree(turns, 0, false);
  }

  /** `before`: the answer below the first turn. The turns have the same bits in the words above this one. */
  #tree(turns: Turns, word: number, before: boolean): WordNode {
    const offset = sourceOffset(this.#family, word);
    return searchTree(this.#segments(turns, word, before), RANGES_TOGETHER, {
      atLeast: (number, yes, no) => this.#graph.greaterEqual(offset, ALL_ONES, number, yes, no),
      equal: (number, yes, no) => this.#graph.equal(offset, ALL_ONES, number, yes, no),
    });
  }

  /** Every value of a word: those where turns lie have ways on of their own. */
  #segments(turns: Turns, word: number, before: boolean): readonly Segment<WordNode>[] {
    const rest = BigInt(32 * (this.#words - word - 1));
    const starts = new Map<number, WordNode>([[0, this.#answer(before)]]);
    let answer = before;
    for (const [value, inside] of byWord(turns, rest)) {
      const after = answer !== (inside.length % 2 === 1);
      const isWhole = inside.length === 1 && inside[0] === BigInt(value) << rest;
      if (isWhole) {
        starts.set(value, this.#answer(after));
      } else {
        const below = inside.map((turn) => BigInt.asUintN(Number(rest), turn));
        starts.set(value, this.#tree(below, word + 1, answer));
        if (value < ALL_ONES) starts.set(value + 1, this.#answer(after));
      }
      answer = after;
    }
    const ordered = [...starts];
    return ordered.map(([first, node], index) => ({
      first,
      last: (ordered[index + 1]?.[0] ?? ALL_ONES + 1) - 1,
      node,
      weight: 1,
    }));
  }

  #answer(isAllowed: boolean): WordNode {
    return this.#graph.answer(isAllowed ? ALLOWED : REFUSED);
  }
}

/** The turns by the value of their highest word, in order. `rest`: the number of bits behind it. */
function byWord(turns: Turns, rest: bigint): ReadonlyMap<number, readonly bigint[]> {
  const groups = new Map<number, bigint[]>();
  for (const turn of turns) {
    const value = Number(turn >> rest);
    const group = groups.get(value);
    if (group === undefined) groups.set(value, [turn]);
    else group.push(turn);
  }
  return groups;
}

function unsigned(offset: number): number {
  return offset >>> 0;
}
