import { Parser } from 'yargs/helpers';
import { nearest } from '../../policy/nearest.ts';
import { ExitError } from '../exit.ts';
import type { CommandDescription, OptionDescription, ValueSource } from './command-description.ts';
import { GivenArguments, type GivenOptions } from './given-arguments.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';
import { POLICY_OPTIONS } from './policy-options.ts';

type Parsed = Readonly<Record<string, unknown>>;

/** Reads the words after a command's name by its description. Wrong usage is an {@link ExitError} of one line. */
export function parseArguments(command: CommandDescription, words: readonly string[]): GivenArguments {
  const options = [...command.options, ...GLOBAL_OPTIONS];
  const fail = (message: string): never => {
    throw new ExitError(command.failureCode, message);
  };
  const parsed = parse(options, words);
  refuseUnknown(parsed, words, options, (message, name) => fail(`${message}${keyHelp(command, name)}`));
  const given = Object.fromEntries(
    options.flatMap((option) => {
      const value = givenValue(option, parsed, words, fail);
      return value === undefined ? [] : [[option.name, value]];
    }),
  );
  const after = parsed['--'] === undefined ? undefined : textsOf(parsed['--']);
  const separate = command.commandLine !== undefined;
  const positionals = [...textsOf(parsed['_']), ...(separate ? [] : (after ?? []))];
  if (given['help'] !== true && given['version'] !== true) checkPositionals(command, positionals, fail);
  return new GivenArguments({
    positionals,
    commandLine: separate ? after : undefined,
    words,
    options: given,
  });
}

/**
 * The words sorted by the parser of yargs alone: its checks and messages take more than a line, and stumble over options named as
 * an inherited property of every object, `--constructor`.
 */
function parse(options: readonly OptionDescription[], words: readonly string[]): Parsed {
  const named = (kind: (option: OptionDescription) => boolean): string[] =>
    options.filter(kind).map(({ name }) => name);
  return Parser(withDashes(options, words), {
    alias: Object.fromEntries(
      options.flatMap(({ name, alias }) => (alias === undefined ? [] : [[name, [alias]]])),
    ),
    boolean: named(({ kind }) => kind === 'boolean'),
    string: named(({ kind }) => kind !== 'boolean'),
    array: named(({ kind }) => kind === 'list'),
    configuration: {
      'populate--': true,
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'strip-aliased': true,
    },
  });
}

/** The words with a lone `-` tied to the option in front of it, whose value it is; yargs would take it for an argument. */
function withDashes(options: readonly OptionDescription[], words: readonly string[]): string[] {
  const takers = new Set(
    options
      .filter(({ kind }) => kind !== 'boolean')
      .flatMap(({ name, alias }) => [`--${name}`, ...(alias === undefined ? [] : [`-${alias}`])]),
  );
  const end = words.indexOf('--');
  const isDash = (index: number): boolean => words[index] === '-' && (end < 0 || index < end);
  const tied: string[] = [];
  for (const [index, word] of words.entries()) {
    if (isDash(index) && takers.has(words[index - 1] ?? '')) continue;
    tied.push(takers.has(word) && isDash(index + 1) ? `${word}=-` : word);
  }
  return tied;
}

type Fail = (message: string) => never;

function refuseUnknown(
  parsed: Parsed,
  words: readonly string[],
  options: readonly OptionDescription[],
  fail: (message: string, name: string) => never,
): void {
  const known = new Set(['_', '--', '$0', ...options.map(({ name }) => name)]);
  const unknown = Object.keys(parsed).find((key) => !known.has(key));
  if (unknown === undefined) return;
  if (unknown.length === 1) fail(`unknown option '-${unknown}'`, unknown);
  const negated = words.includes(`--no-${unknown}`);
  const meant = nearest(
    unknown,
    options.map(({ name }) => name),
  );
  const dashes = negated ? '--no-' : '--';
  const help = meant === undefined ? '' : `; did you mean '${dashes}${meant}'?`;
  fail(`unknown option '${dashes}${unknown}'${help}`, unknown);
}

/** Keys of a policy are options of other commands than those that take a policy as a file only. */
function keyHelp({ name, positionals }: CommandDescription, option: string): string {
  const isKey = POLICY_OPTIONS.some((known) => known.name === option || known.alias === option);
  const takesFile = positionals.some(({ value }) => value === 'policy');
  return isKey && takesFile ? `; ${name} takes a policy FILE, which run --save FILE writes from options` : '';
}

function givenValue(
  option: OptionDescription,
  parsed: Parsed,
  words: readonly string[],
  fail: Fail,
): GivenOptions[string] | undefined {
  const found = parsed[option.name];
  const { name } = option;
  if (option.kind === 'boolean') {
    const last = Array.isArray(found) ? found.at(-1) : found;
    const end = words.indexOf('--');
    const assigned = (end < 0 ? words : words.slice(0, end)).find((word) => word.startsWith(`--${name}=`));
    if (assigned !== undefined && !/=(true|false)$/.test(assigned))
      fail(`'--${name}' takes no value, found '${assigned}'`);
    return typeof last === 'boolean' ? last : undefined;
  }
  if (found === undefined) return undefined;
  const values = textsOf(Array.isArray(found) ? found : [found]);
  // yargs gives `--no-name` of an option with a value as the boolean false.
  if (
    values.length === 0 ||
    values.some((value) => value === '' || (value === 'false' && words.includes(`--no-${name}`)))
  )
    fail(`'--${name}' needs a value: --${name} ${option.argument}`);
  for (const value of values) refuseOtherWords(`--${name}`, option.value, value, fail);
  if (option.kind === 'list') return values;
  if (values.length > 1) fail(`'--${name}' is given ${values.length} times, it takes one ${option.argument}`);
  return values[0];
}

function refuseOtherWords(what: string, source: ValueSource, value: string, fail: Fail): void {
  if (typeof source === 'string' || !('words' in source)) return;
  const { words } = source;
  if (words.includes(value)) return;
  const meant = nearest(value, words);
  const help = meant === undefined ? `one of ${words.join(', ')}` : `did you mean '${meant}'?`;
  fail(`'${what}' does not take '${value}'; ${help}`);
}

function checkPositionals(command: CommandDescription, positionals: readonly string[], fail: Fail): void {
  const usage = `portcullis ${command.name} ${command.synopsis[0] ?? ''}`.trim();
  // The first wrong word is reported before a missing one: `import seccomp.json` lacks the format, not the file.
  for (const [index, { name, value }] of command.positionals.entries())
    for (const word of positionals.slice(index, index + 1)) refuseOtherWords(name, value, word, fail);
  const missing = command.positionals.slice(positionals.length).find(({ required }) => required);
  if (missing !== undefined) fail(`${missing.name} is missing: ${missing.describe}; usage: ${usage}`);
  const takes = command.positionals.length;
  if (positionals.length <= takes || command.positionals.at(-1)?.variadic === true) return;
  fail(`one argument too many: '${positionals[takes]}'; usage: ${usage}`);
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
