import { HIDDEN } from '../kernel/hidden-characters.ts';
import type { Span } from './diagnostic.ts';

/** The name that spans of flags have in the place of a file. */
export const COMMAND_LINE = 'command line';

/** The word after which the command of the service follows. */
export const COMMAND_SEPARATOR = '--';

/** A command line as a shell would take it, on one line, with the place of every word. */
export interface CommandLine {
  readonly text: string;
  readonly words: readonly string[];
  /** From `start` up to `end` of a word; the whole word if left out. What had to be escaped is longer here than in the word. */
  spanOf(word: number, start?: number, end?: number): Span;
}

/** A form of a word that a shell reads back: bare, in quotes, or with escapes. */
interface Quoting {
  readonly open: string;
  readonly close: string;
  readonly write: (text: string) => string;
}

const PLAIN: Quoting = { open: '', close: '', write: (text) => text };

const QUOTES: Quoting = { open: "'", close: "'", write: (text) => text.replaceAll("'", "'\\''") };

/** A character that breaks the line, moves a cursor or is invisible. */
const INVISIBLE = new RegExp(`[${HIDDEN}\\p{Cs}]`, 'u');

/** `$'...'` of bash, zsh and POSIX 2024. */
const ESCAPES: Quoting = {
  open: "$'",
  close: "'",
  write: (text) => Array.from(text, escaped).join(''),
};

function escaped(character: string): string {
  if (character === "'" || character === '\\') return `\\${character}`;
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  if (!INVISIBLE.test(character)) return character;
  return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`;
}

function quotingOf(word: string): Quoting {
  if (/^[\w@%+=:,./-]+$/.test(word)) return PLAIN;
  return INVISIBLE.test(word) ? ESCAPES : QUOTES;
}

/** Quotes one word so that a shell reads it back. */
export function shellWord(word: string): string {
  const { open, write, close } = quotingOf(word);
  return open + write(word) + close;
}

/** Quotes the words after the name of the program and records the place of each. */
export function commandLine(words: readonly string[]): CommandLine {
  const quotings = words.map(quotingOf);
  const starts: number[] = [];
  let text = 'portcullis';
  for (const [index, word] of words.entries()) {
    const { open, write, close } = quotings[index] ?? PLAIN;
    text += ' ';
    starts.push(text.length + open.length);
    text += open + write(word) + close;
  }
  return {
    text,
    words,
    spanOf: (index, start = 0, end = words[index]?.length ?? 0) => {
      const word = words[index] ?? '';
      const { write } = quotings[index] ?? PLAIN;
      const column = (starts[index] ?? 0) + write(word.slice(0, start)).length + 1;
      const length = Math.max(1, write(word.slice(start, end)).length);
      return { file: COMMAND_LINE, line: 1, column, length };
    },
  };
}
