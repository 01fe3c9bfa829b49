import type { Diagram, Diagrams } from './diagram.ts';
import { ANSWER_LEVEL } from './node-store.ts';
import { type CallWords, WORDS } from './words.ts';

/** The smallest call, in the order of the words, for which two diagrams answer differently; `undefined`: there is none. */
export function firstDifference(diagrams: Diagrams, first: Diagram, second: Diagram): CallWords | undefined {
  if (first === second) return undefined;
  const words = new Uint32Array(WORDS);
  let [a, b] = [first, second];
  for (;;) {
    const level = Math.min(diagrams.level(a), diagrams.level(b));
    if (level === ANSWER_LEVEL) return words;
    const low = (node: Diagram): Diagram => (diagrams.level(node) === level ? diagrams.low(node) : node);
    const high = (node: Diagram): Diagram => (diagrams.level(node) === level ? diagrams.high(node) : node);
    if (low(a) !== low(b)) {
      [a, b] = [low(a), low(b)];
    } else {
      const word = level >>> 5;
      words[word] = (words[word] ?? 0) | (1 << (31 - (level & 31)));
      [a, b] = [high(a), high(b)];
    }
  }
}
