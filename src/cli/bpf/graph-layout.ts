/** A box to place; edges lead from each to later ones of the list only. */
export interface LayoutNode {
  readonly width: number;
  readonly height: number;
  /** The ends of its edges, by position in the list. */
  readonly next: readonly number[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The upper left corner of each box. */
  readonly boxes: readonly Point[];
  /** For each node and each of its edges the points that the edge passes. */
  readonly edges: readonly (readonly (readonly Point[])[])[];
}

const GAP_X = 24;
const GAP_Y = 48;
const SWEEPS = 12;

/** A box, or the place where an edge passes a row in which it does not end. */
interface Slot {
  readonly width: number;
  readonly row: number;
  readonly above: Slot[];
  readonly below: Slot[];
  center: number;
}

/**
 * Places boxes in rows, each below all that lead to it. An edge that passes rows keeps a place free in each, so that it
 * crosses no box. Slots move towards the middle of their neighbours, row by row, down and up again.
 */
export function layOut(nodes: readonly LayoutNode[]): Layout {
  const rows: Slot[][] = [];
  const slotIn = (row: number, width: number): Slot => {
    const slot: Slot = { width, row, above: [], below: [], center: 0 };
    while (rows.length <= row) rows.push([]);
    rows[row]?.push(slot);
    return slot;
  };
  const depths = depthsOf(nodes);
  const slots = nodes.map(({ width }, index) => slotIn(depths[index] ?? 0, width));
  const chains = nodes.map(({ next }, index) =>
    next.map((target): readonly Slot[] => {
      const [from, to] = [slots[index], slots[target]];
      if (from === undefined || to === undefined) throw new RangeError(`there is no box ${target}`);
      const chain = [from];
      for (let row = from.row + 1; row < to.row; row += 1) chain.push(slotIn(row, 0));
      chain.push(to);
      for (const [step, slot] of chain.entries()) {
        const follower = chain[step + 1];
        if (follower === undefined) continue;
        slot.below.push(follower);
        follower.above.push(slot);
      }
      return chain;
    }),
  );
  arrange(rows);
  const heights = rows.map((_, row) =>
    Math.max(0, ...nodes.filter((_, index) => depths[index] === row).map(({ height }) => height)),
  );
  const tops = heights.map((_, row) =>
    heights.slice(0, row).reduce((sum, height) => sum + height + GAP_Y, GAP_Y / 2),
  );
  const left = Math.min(...rows.flat().map(({ center, width }) => center - width / 2)) - GAP_X;
  const right = Math.max(...rows.flat().map(({ center, width }) => center + width / 2)) + GAP_X;
  const top = ({ row }: Slot): number => tops[row] ?? 0;
  return {
    width: right - left,
    height: (tops.at(-1) ?? 0) + (heights.at(-1) ?? 0) + GAP_Y / 2,
    boxes: slots.map((slot) => ({ x: slot.center - slot.width / 2 - left, y: top(slot) })),
    edges: chains.map((own, index) =>
      own.map((chain) =>
        chain.flatMap((slot, step) => {
          const x = slot.center - left;
          if (step === 0) return [{ x, y: top(slot) + (nodes[index]?.height ?? 0) }];
          const passing = { x, y: top(slot) };
          return step === chain.length - 1
            ? [passing]
            : [passing, { x, y: top(slot) + (heights[slot.row] ?? 0) }];
        }),
      ),
    ),
  };
}

/** The row of each box: below the lowest of those that lead to it. */
function depthsOf(nodes: readonly LayoutNode[]): readonly number[] {
  const depths = new Array<number>(nodes.length).fill(0);
  for (const [index, { next }] of nodes.entries())
    for (const target of next) depths[target] = Math.max(depths[target] ?? 0, (depths[index] ?? 0) + 1);
  return depths;
}

function arrange(rows: readonly Slot[][]): void {
  for (const row of rows) pack(row);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const down = sweep % 2 === 0;
    for (const row of down ? rows : rows.toReversed()) {
      for (const slot of row) slot.center = middle(down ? slot.above : slot.below) ?? slot.center;
      row.sort((one, other) => one.center - other.center);
      spread(row);
    }
  }
}

function middle(slots: readonly Slot[]): number | undefined {
  if (slots.length === 0) return undefined;
  return slots.reduce((sum, { center }) => sum + center, 0) / slots.length;
}

function distance(left: Slot, right: Slot): number {
  return (left.width + right.width) / 2 + GAP_X;
}

/** One beside the other, in their order, around 0. */
function pack(row: readonly Slot[]): void {
  const total = row.reduce((sum, { width }) => sum + width + GAP_X, -GAP_X);
  let at = -total / 2;
  for (const slot of row) {
    slot.center = at + slot.width / 2;
    at += slot.width + GAP_X;
  }
}

/** Moves slots apart that touch: half of the way from the left, half from the right, so that a row stays where it is. */
function spread(row: readonly Slot[]): void {
  const pushed = (ordered: readonly Slot[], sign: 1 | -1): readonly number[] => {
    let limit = Number.NEGATIVE_INFINITY;
    return ordered.map((slot, index) => {
      const follower = ordered[index + 1];
      const place = Math.max(sign * slot.center, limit);
      if (follower !== undefined) limit = place + distance(slot, follower);
      return sign * place;
    });
  };
  const toRight = pushed(row, 1);
  const toLeft = pushed(row.toReversed(), -1).toReversed();
  for (const [index, slot] of row.entries()) slot.center = ((toRight[index] ?? 0) + (toLeft[index] ?? 0)) / 2;
}
