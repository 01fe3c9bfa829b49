import { type ParseArgsConfig, parseArgs } from 'node:util';

/** A wrong use, in one line. */
export class UsageError extends Error {}

/** The options that every command has beside its own. */
const COMMON = {
  json: { type: 'string' },
  write: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

export interface CommonOptions {
  /** The file that gets all numbers. */
  readonly json?: string;
  /** The numbers go into docs/benchmarks.md. */
  readonly write: boolean;
}

type Own = NonNullable<ParseArgsConfig['options']>;
type Values<Options extends Own> = ReturnType<typeof parseArgs<{ readonly options: Options }>>['values'];

/** The values of the options of a command, and those that every command has; `undefined` when help is asked for. */
export function readOptionValues<const Options extends Own>(
  args: readonly string[],
  own: Options,
): { readonly values: Values<Options>; readonly common: CommonOptions } | undefined {
  // The types of options that are merged from a type parameter and constants are not known: each part is named.
  const parsed = parse(args, { ...own, ...COMMON });
  const { json, write, help } = parsed as Values<typeof COMMON>;
  if (help) return undefined;
  return { values: parsed as Values<Options>, common: { ...(json === undefined ? {} : { json }), write } };
}

function parse(args: readonly string[], options: Own): unknown {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** The most that a count can be. */
export const MOST_NUMBER = 999_999_999;

/** The value of an option that takes a number. */
export function readNumber(name: string, text: string, least: number, most: number = MOST_NUMBER): number {
  if (!/^\d+$/.test(text) || Number(text) < least || Number(text) > most)
    throw new UsageError(`--${name}: expected a number from ${least} to ${most}, found '${text}'`);
  return Number(text);
}

/** As many connections at a time as the load generator has places for (`bench/rate.c`). */
const MOST_CONCURRENCY = 1024;

export function readConcurrency(text: string): number {
  return readNumber('concurrency', text, 1, MOST_CONCURRENCY);
}

/** The names of a list; every one of those that are there without a list. */
export function readNames(text: string | undefined, names: readonly string[]): readonly string[] {
  const only = text?.split(',') ?? names;
  const unknown = only.find((name) => !names.includes(name));
  if (unknown === undefined) return only;
  throw new UsageError(`--only: expected some of ${names.join(', ')}, found '${unknown}'`);
}
