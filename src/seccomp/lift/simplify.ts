import type { Diagram, Diagrams } from '../prove/diagram.ts';

/**
 * Returns a test, often a smaller one, that agrees with the given one wherever it matters. Elsewhere its answer is free, so it
 * leaves out bits that only decide whether a call matters.
 */
export function simplified(diagrams: Diagrams, test: Diagram, matters: Diagram): Diagram {
  const known = new Map<string, Diagram>();
  const visit = (node: Diagram, care: Diagram): Diagram => {
    if (care === diagrams.always || care === diagrams.never || diagrams.isAnswer(node)) return node;
    const key = `${node} ${care}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const result = step(node, care);
    known.set(key, result);
    return result;
  };
  const step = (node: Diagram, care: Diagram): Diagram => {
    const level = diagrams.level(node);
    if (diagrams.level(care) < level) {
      return visit(node, diagrams.or(diagrams.low(care), diagrams.high(care)));
    }
    const isTested = diagrams.level(care) === level;
    const [low, high] = isTested ? [diagrams.low(care), diagrams.high(care)] : [care, care];
    if (low === diagrams.never) return visit(diagrams.high(node), high);
    if (high === diagrams.never) return visit(diagrams.low(node), low);
    return diagrams.choose(
      diagrams.bit(level),
      visit(diagrams.high(node), high),
      visit(diagrams.low(node), low),
    );
  };
  return visit(test, matters);
}
