import type { CommandDescription, OptionDescription } from '../command-description.ts';
import { GLOBAL_OPTIONS } from '../global-options.ts';
import { type Candidates, candidatesOf } from './candidates.ts';

/** An option as a shell offers it. */
export interface CompletedOption {
  readonly name: string;
  readonly alias: string | undefined;
  readonly describe: string;
  /** What `--no-NAME` does; absent where it is not offered. */
  readonly negation: string | undefined;
  /** The word for the value and what it may be; absent for an option without one. */
  readonly value: { readonly name: string; readonly candidates: Candidates } | undefined;
  readonly repeats: boolean;
}

/** A command as a shell offers it. */
export interface CompletedCommand {
  readonly name: string;
  readonly describe: string;
  readonly options: readonly CompletedOption[];
  readonly argument: {
    readonly describe: string;
    readonly candidates: Candidates;
    readonly repeats: boolean;
  };
  /** What follows `--` is a command line of its own. */
  readonly takesCommandLine: boolean;
}

/** What the scripts of all shells are made from. */
export function completedCommand(command: CommandDescription): CompletedCommand {
  const [first] = command.positionals;
  return {
    name: command.name,
    describe: command.describe,
    options: [...command.options, ...GLOBAL_OPTIONS].map(completedOption),
    argument: {
      describe: first?.describe ?? 'no argument',
      candidates: first === undefined ? { kind: 'nothing' } : candidatesOf(first.value),
      repeats: first?.variadic ?? false,
    },
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
