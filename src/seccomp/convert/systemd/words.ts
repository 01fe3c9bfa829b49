import type { Assignment, PlacedText } from './unit-file.ts';

/** The words of a list, apart by blanks. A leading `~`, which inverts the list, is not part of the first. */
export interface WordList {
  readonly inverted: boolean;
  readonly words: readonly PlacedText[];
}

/** Splits a list. Where systemd takes quotes off, a word may stand in them. */
export function readWords(assignment: Assignment, quotes: 'quotes' | 'plain'): WordList {
  const inverted = assignment.value.startsWith('~');
  const words: PlacedText[] = [];
  const pattern = /[^ \t\r\n]+/g;
  pattern.lastIndex = inverted ? 1 : 0;
  for (let match = pattern.exec(assignment.value); match !== null; match = pattern.exec(assignment.value)) {
    const span = assignment.at(match.index, match.index + match[0].length);
    const text = quotes === 'quotes' ? match[0].replace(/^(["'])(.*)\1$/, '$2') : match[0];
    words.push({ text, span });
  }
  return { inverted, words };
}

const TRUE = /^(?:1|yes|y|true|t|on)$/i;
const FALSE = /^(?:0|no|n|false|f|off)$/i;

/** A boolean as systemd spells it; `undefined` for anything else. Source: systemd.syntax(7). */
export function readBoolean(text: string): boolean | undefined {
  if (TRUE.test(text)) return true;
  return FALSE.test(text) ? false : undefined;
}
