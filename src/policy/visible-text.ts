import { HIDDEN } from '../kernel/hidden-characters.ts';

const TAB = '    ';
const INVISIBLE = new RegExp(`[${HIDDEN}\\p{Cs}]`, 'gu');

/** Nothing in a file may steer the terminal or add a line: control characters and what reorders text are written as escapes. */
export function visible(text: string): string {
  return text
    .replaceAll('\t', TAB)
    .replace(INVISIBLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
