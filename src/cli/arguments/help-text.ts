import { COMMANDS, PROGRAM } from '../program-description.ts';
import type {
  CommandDescription,
  ExampleDescription,
  OptionDescription,
  PositionalDescription,
} from './command-description.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';

/** A heading with rows, each a term and its description. */
interface Section {
  readonly heading: string;
  readonly rows: readonly (readonly [term: string, text: string])[];
}

/** `portcullis --help`, examples first. `columns`: where lines are broken. */
export function programHelp(columns: number): string {
  return page(
    `portcullis ${PROGRAM.describe}`,
    [
      usage(PROGRAM.synopsis.map((words) => `portcullis ${words}`)),
      examples(PROGRAM.examples),
      { heading: 'Commands', rows: COMMANDS.map(({ name, describe }) => [name, describe]) },
      { heading: 'Options', rows: GLOBAL_OPTIONS.map(optionRow) },
    ],
    columns,
  );
}

/** `portcullis COMMAND --help`. */
export function commandHelp(command: CommandDescription, columns: number): string {
  return page(
    `portcullis ${command.name}: ${command.describe}`,
    [
      usage(command.synopsis.map((words) => `portcullis ${command.name} ${words}`)),
      examples(command.examples),
      { heading: 'Arguments', rows: argumentRows(command) },
      ...optionSections(command),
      {
        heading: 'Exit status',
        rows: command.exitCodes.map(({ code, describe }) => [String(code), describe]),
      },
    ],
    columns,
  );
}

/** Returns an option as a user types it, with the word for its value. */
export function optionTerm(option: OptionDescription): string {
  const short = option.alias === undefined ? '' : `-${option.alias}, `;
  return `${short}--${option.name}${option.kind === 'boolean' ? '' : ` ${option.argument}`}`;
}

/** The options under their headings: those without their own heading first, the ones of every command last. */
export function optionGroups(
  command: CommandDescription,
): readonly { readonly heading: string; readonly options: readonly OptionDescription[] }[] {
  const all = [...command.options, ...GLOBAL_OPTIONS];
  const headings = new Set(['Options', ...all.map(({ group }) => group ?? 'Options')]);
  return [...headings].map((heading) => ({
    heading,
    options: all.filter(({ group }) => (group ?? 'Options') === heading),
  }));
}

function optionSections(command: CommandDescription): readonly Section[] {
  return optionGroups(command).map(({ heading, options }) => ({ heading, rows: options.map(optionRow) }));
}

function optionRow(option: OptionDescription): readonly [string, string] {
  return [`${option.alias === undefined ? '    ' : ''}${optionTerm(option)}`, optionText(option)];
}

/** The description of an option, with its known values or names unless the term has them, and the effect of `--no-NAME`. */
export function optionText(option: OptionDescription): string {
  const { describe } = option;
  if (option.kind === 'boolean')
    return option.negation === undefined ? describe : `${describe}; --no-${option.name}: ${option.negation}`;
  if (typeof option.value === 'string') return describe;
  const known = 'words' in option.value ? option.value.words : option.value.names;
  return option.argument === known.join('|') ? describe : `${describe} (${known.join(', ')})`;
}

function argumentRows(command: CommandDescription): readonly (readonly [string, string])[] {
  const row = ({ name, variadic, describe }: PositionalDescription): readonly [string, string] => [
    `${name}${variadic ? '...' : ''}`,
    variadic ? `${describe}; you may give several` : describe,
  ];
  const after = command.commandLine;
  return [
    ...command.positionals.map(row),
    ...(after === undefined ? [] : [['-- COMMAND [ARGUMENT]...', after.describe] as const]),
  ];
}

function usage(lines: readonly string[]): Section {
  return { heading: 'Usage', rows: lines.map((line) => [line, '']) };
}

function examples(list: readonly ExampleDescription[]): Section {
  return { heading: 'Examples', rows: list.map(({ line, describe }) => [line, describe]) };
}

function page(title: string, sections: readonly Section[], columns: number): string {
  const texts = sections
    .filter(({ rows }) => rows.length > 0)
    .map(({ heading, rows }) => `\n${heading}:\n${rowLines(rows, columns)}`);
  return `${[...wrap(title, columns), ...texts].join('\n')}\n`;
}

/** Terms in one column, texts in a second one; a text stands under a term that is too long for its column. */
function rowLines(rows: Section['rows'], columns: number): string {
  const widest = Math.max(...rows.map(([term]) => term.length));
  const indent = 2 + Math.min(widest, Math.floor(columns / 2)) + 2;
  return rows
    .flatMap(([term, text]) => {
      const lines = wrap(text, Math.max(columns - indent, 20)).map((line) => `${' '.repeat(indent)}${line}`);
      if (text === '') return [`  ${term}`];
      if (term.length > indent - 4) return [`  ${term}`, ...lines];
      const [first = '', ...rest] = lines;
      return [`  ${term.padEnd(indent - 2)}${first.slice(indent)}`, ...rest];
    })
    .join('\n');
}

function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
