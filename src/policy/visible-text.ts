import { HIDDEN } from '../kernel/hidden-characters.ts';

const TAB = '    ';
const INVISIBLE = new RegExp(`[${HIDDEN}\\p{Cs}]`, 'gu');

/** Makes text safe for a terminal: control characters and characters that reorder text are written as escapes. */
export function visible(text: string): string {
  return text
    .replaceAll('\t', TAB)
    .replace(INVISIBLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
