import type { Diagram, Diagrams } from '../prove/diagram.ts';

/** Consecutive values of some bits, and the rest of a diagram for them. */
export interface ValueRange {
  readonly first: bigint;
  readonly last: bigint;
  readonly node: Diagram;
}

/**
 * Divides the values of the bits from `level` on into as few ranges as there can be; `undefined` when these are more
 * than `most`. The diagram looks at nothing before these bits.
 */
export function valueRanges(
  diagrams: Diagrams,
  diagram: Diagram,
  { level, bits, most }: { readonly level: number; readonly bits: number; readonly most: number },
): readonly ValueRange[] | undefined {
  const ranges: { first: bigint; last: bigint; node: Diagram }[] = [];
  const visit = (node: Diagram, depth: number, first: bigint): boolean => {
    if (diagrams.level(node) >= level + bits) {
      const last = first + (1n << BigInt(bits - depth)) - 1n;
      const before = ranges.at(-1);
      if (before?.node === node) before.last = last;
      else ranges.push({ first, last, node });
      return ranges.length <= most;
    }
    const tests = diagrams.level(node) === level + depth;
    const middle = first + (1n << BigInt(bits - depth - 1));
    return (
      visit(tests ? diagrams.low(node) : node, depth + 1, first) &&
      visit(tests ? diagrams.high(node) : node, depth + 1, middle)
    );
  };
  return visit(diagram, 0, 0n) ? ranges : undefined;
}
