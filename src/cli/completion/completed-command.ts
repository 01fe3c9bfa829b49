import type { CommandDescription, OptionDescription } from '../arguments/command-description.ts';
import { GLOBAL_OPTIONS } from '../arguments/global-options.ts';
import { type Candidates, candidatesOf } from './candidates.ts';

/** An option as a shell offers it. */
export interface CompletedOption {
  readonly name: string;
  readonly alias: string | undefined;
  readonly describe: string;
  /** The effect of `--no-NAME`; absent where it is not offered. */
  readonly negation: string | undefined;
  /** The word for the value and its candidates; absent for an option without one. */
  readonly value: { readonly name: string; readonly candidates: Candidates } | undefined;
  readonly repeats: boolean;
}

/** A word that is no option. */
export interface CompletedArgument {
  readonly describe: string;
  readonly candidates: Candidates;
  readonly repeats: boolean;
}

/** A command as a shell offers it. */
export interface CompletedCommand {
  readonly name: string;
  readonly describe: string;
  readonly options: readonly CompletedOption[];
  /** At least one, which may be nothing. */
  readonly arguments: readonly [CompletedArgument, ...CompletedArgument[]];
  /** True when the words after `--` are the command line of another program. */
  readonly takesCommandLine: boolean;
}

const NO_ARGUMENT: CompletedArgument = {
  describe: 'no argument',
  candidates: { kind: 'nothing' },
  repeats: false,
};

/**
 * Returns the argument that is completed behind the first, and the fixed words of the first that it can follow; `undefined`
 * without such words. Of several it is the last: the number of an exercise is typed.
 */
export function followed({
  arguments: [{ candidates }, ...others],
}: CompletedCommand): { readonly words: readonly string[]; readonly second: CompletedArgument } | undefined {
  const second = others.at(-1);
  return candidates.kind === 'words' && second !== undefined
    ? { words: candidates.words, second }
    : undefined;
}

/** Returns the description from which the scripts of all shells are made. */
export function completedCommand(command: CommandDescription): CompletedCommand {
  const [first = NO_ARGUMENT, ...others] = command.positionals.map(
    ({ describe, value, variadic }): CompletedArgument => ({
      describe,
      candidates: candidatesOf(value),
      repeats: variadic,
    }),
  );
  return {
    name: command.name,
    describe: command.describe,
    options: [...command.options, ...GLOBAL_OPTIONS].map(completedOption),
    arguments: [first, ...others],
    takesCommandLine: command.commandLine !== undefined,
  };
}

export function completedOption(option: OptionDescription): CompletedOption {
  const { name, alias, describe } = option;
  if (option.kind === 'boolean')
    return { name, alias, describe, negation: option.negation, value: undefined, repeats: false };
  const value = { name: option.argument, candidates: candidatesOf(option.value) };
  return { name, alias, describe, negation: undefined, value, repeats: option.kind === 'list' };
}

/** The ways to write an option, with dashes. */
export function spellings({ name, alias }: CompletedOption): readonly string[] {
  return alias === undefined ? [`--${name}`] : [`-${alias}`, `--${name}`];
}
