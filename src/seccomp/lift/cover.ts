import type { Diagram, Diagrams } from '../prove/diagram.ts';

/** Some bits, by their levels, that have these values. */
export type Cube = ReadonlyMap<number, 0 | 1>;

interface Cover {
  readonly cubes: readonly Cube[];
  /** The calls that the cubes hold for together. */
  readonly test: Diagram;
}

/** Tests that take more steps have no readable cover. */
const MOST_STEPS = 4096;

/**
 * Covers a test with cubes of which one is enough. None can be left out, and no bit of one. Returns `undefined` if there would
 * be more than `most`. The way is that of Minato and Morreale: first the part that only one value of a bit can cover, then the
 * part that both can.
 */
export function coverOf(diagrams: Diagrams, test: Diagram, most: number): readonly Cube[] | undefined {
  let steps = 0;
  const cover = (least: Diagram, largest: Diagram): Cover | undefined => {
    if (least === diagrams.never) return { cubes: [], test: diagrams.never };
    if (largest === diagrams.always) return { cubes: [new Map()], test: diagrams.always };
    steps += 1;
    if (steps > MOST_STEPS) return undefined;
    const level = Math.min(diagrams.level(least), diagrams.level(largest));
    const [least0, least1] = sides(diagrams, least, level);
    const [largest0, largest1] = sides(diagrams, largest, level);
    const low = cover(without(diagrams, least0, largest1), largest0);
    const high = low && cover(without(diagrams, least1, largest0), largest1);
    if (low === undefined || high === undefined) return undefined;
    const left = diagrams.or(without(diagrams, least0, low.test), without(diagrams, least1, high.test));
    const both = cover(left, diagrams.and(largest0, largest1));
    if (both === undefined) return undefined;
    const cubes = [...withBit(low.cubes, level, 0), ...withBit(high.cubes, level, 1), ...both.cubes];
    if (cubes.length > most) return undefined;
    const one = diagrams.choose(diagrams.bit(level), high.test, low.test);
    return { cubes, test: diagrams.or(one, both.test) };
  };
  return cover(test, test)?.cubes;
}

function sides(diagrams: Diagrams, diagram: Diagram, level: number): readonly [Diagram, Diagram] {
  return diagrams.level(diagram) === level
    ? [diagrams.low(diagram), diagrams.high(diagram)]
    : [diagram, diagram];
}

function without(diagrams: Diagrams, test: Diagram, other: Diagram): Diagram {
  return diagrams.and(test, diagrams.not(other));
}

function withBit(cubes: readonly Cube[], level: number, value: 0 | 1): readonly Cube[] {
  return cubes.map((cube) => new Map([[level, value], ...cube]));
}
