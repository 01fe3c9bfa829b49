import type { Diagram, Diagrams } from '../prove/diagram.ts';
import { FIELD_BITS } from './fields.ts';

/** The values of one field that lead on to the same rest. */
export interface Part {
  /** A test of the field's bits alone. */
  readonly values: Diagram;
  /** The rest of the diagram for these values: it looks at later fields only. */
  readonly rest: Diagram;
}

/** Divides the values of the field whose bits start at a level by the rest of the diagram for them. */
export function partition(diagrams: Diagrams, diagram: Diagram, level: number): readonly Part[] {
  return restsOf(diagrams, diagram, level).map((rest) => ({
    rest,
    values: valuesLeadingTo(diagrams, diagram, rest, level + FIELD_BITS),
  }));
}

function restsOf(diagrams: Diagrams, diagram: Diagram, level: number): readonly Diagram[] {
  const rests: Diagram[] = [];
  const seen = new Set<Diagram>();
  const visit = (node: Diagram): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (diagrams.level(node) >= level + FIELD_BITS) {
      rests.push(node);
      return;
    }
    visit(diagrams.low(node));
    visit(diagrams.high(node));
  };
  visit(diagram);
  return rests;
}

function valuesLeadingTo(diagrams: Diagrams, diagram: Diagram, rest: Diagram, end: number): Diagram {
  const known = new Map<Diagram, Diagram>();
  const visit = (node: Diagram): Diagram => {
    if (diagrams.level(node) >= end) return node === rest ? diagrams.always : diagrams.never;
    const before = known.get(node);
    if (before !== undefined) return before;
    const bit = diagrams.bit(diagrams.level(node));
    const values = diagrams.choose(bit, visit(diagrams.high(node)), visit(diagrams.low(node)));
    known.set(node, values);
    return values;
  };
  return visit(diagram);
}
