import { HIDDEN_CHARACTERS } from './generated/hidden-characters.ts';

const escaped = (code: number): string => `\\u{${code.toString(16)}}`;

/**
 * Inside of the brackets of a regular expression with the flag `u`: what steers a terminal, ends a line, turns text around
 * or is not seen. A table, and no property of Unicode, because each version of Node has another Unicode, and the gate none.
 */
export const HIDDEN: string = HIDDEN_CHARACTERS.map(
  ([first, last]) => `${escaped(first)}-${escaped(last)}`,
).join('');
