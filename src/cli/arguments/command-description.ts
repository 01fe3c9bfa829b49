import type { GivenArguments } from './given-arguments.ts';

/**
 * The source of a value, from which a shell completes it: a kind of file, a name that the host or the kernel gives, a
 * part of a filter, one of fixed words, or NAME=VALUE with known names.
 */
export type ValueSource =
  | 'policy'
  | 'file'
  | 'directory'
  | 'user'
  | 'group'
  | 'capability'
  | 'variable'
  | 'rule'
  | 'action'
  | 'text'
  | { readonly words: readonly string[] }
  | { readonly names: readonly string[] };

interface CommonOption {
  /** Without its dashes. */
  readonly name: string;
  /** One letter, without its dash. */
  readonly alias?: string;
  /** One phrase, without a full stop. */
  readonly describe: string;
  /** The heading under which help and manual page list it; `Options` when absent. */
  readonly group?: string;
}

export interface FlagOption extends CommonOption {
  readonly kind: 'boolean';
  /** The effect of `--no-NAME`, one phrase; absent where the negation has no use. */
  readonly negation?: string;
}

/** An option with a value: `text` is given once, `list` as often as one likes. Fixed `words` are checked. */
export interface ValueOption extends CommonOption {
  readonly kind: 'text' | 'list';
  /** The word for the value, such as FILE. */
  readonly argument: string;
  readonly value: ValueSource;
}

export type OptionDescription = FlagOption | ValueOption;

export interface PositionalDescription {
  /** The word for it, such as FILE. */
  readonly name: string;
  /** One phrase, in the singular and with its article. */
  readonly describe: string;
  readonly required: boolean;
  /** Takes every argument that follows; only the last positional may. */
  readonly variadic: boolean;
  readonly value: ValueSource;
}

export interface ExampleDescription {
  readonly line: string;
  /** The effect, one phrase. */
  readonly describe: string;
}

export interface ExitCodeDescription {
  readonly code: number;
  readonly describe: string;
}

/** A variable or a file that a command looks at. */
export interface SurroundingDescription {
  readonly name: string;
  /** The effect, one phrase. */
  readonly describe: string;
}

/**
 * One command. Parsing, help, completion and manual pages are all made from this, and a test holds docs/command-line.md
 * to it: an option or a command is added here and nowhere else. Every start loads all descriptions, so they import
 * only light modules; the code of a command is imported inside `run`.
 */
export interface CommandDescription {
  readonly name: string;
  /** One phrase for the list of commands. */
  readonly describe: string;
  /** Ways to call it, each without the leading `portcullis NAME`. */
  readonly synopsis: readonly string[];
  /** Paragraphs of plain text. */
  readonly detail: readonly string[];
  readonly positionals: readonly PositionalDescription[];
  /** Set when a command line follows `--`; without it, words after `--` are positionals. */
  readonly commandLine?: { readonly describe: string };
  readonly options: readonly OptionDescription[];
  readonly examples: readonly ExampleDescription[];
  readonly exitCodes: readonly ExitCodeDescription[];
  /** Variables that change what it does. */
  readonly environment?: readonly SurroundingDescription[];
  /** Files that it reads or that belong to its use, and no argument names. */
  readonly files?: readonly SurroundingDescription[];
  /** Manual pages of others that help to understand it, such as `seccomp(2)`. */
  readonly seeAlso?: readonly string[];
  /** The exit code of wrong usage, and of an unforeseen failure. */
  readonly failureCode: number;
  readonly run: (given: GivenArguments) => Promise<void>;
}
