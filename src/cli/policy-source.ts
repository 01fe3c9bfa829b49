import { existsSync } from 'node:fs';
import { COMMAND_SEPARATOR, type CommandLine, commandLine } from '../policy/command-line.ts';
import { writtenFlags } from '../policy/flags/written-flags.ts';
import type { CommandDescription } from './arguments/command-description.ts';
import type { GivenArguments } from './arguments/given-arguments.ts';
import { ExitError } from './exit.ts';

/** The source of a policy: a file, or the flags of the command line, over a file or alone. */
export type PolicySource =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'flags'; readonly file: string | undefined; readonly line: CommandLine };

/** The policies that a call of a command is about. What contradicts itself is wrong usage. */
export function policySources(
  command: Pick<CommandDescription, 'name' | 'failureCode'>,
  given: GivenArguments,
): readonly PolicySource[] {
  const fail = (message: string): never => {
    throw new ExitError(command.failureCode, message);
  };
  const line = commandLine([command.name, ...given.words]);
  const file = given.text('policy');
  const files = given.positionals;
  const [first] = files;
  if (first !== undefined && given.commandLine === undefined && isNoFile(first)) {
    fail(`there is no policy file '${first}'; a program is written behind --: -- ${files.join(' ')}`);
  }
  const [flag] = writtenFlags(line.words, 1);
  const keys = flag === undefined ? given.commandLine && COMMAND_SEPARATOR : `--${flag.flag.name}`;
  if (file !== undefined && files.length > 0) {
    fail(`'${files[0]}' and --policy '${file}' are both policies; with --policy there is one`);
  }
  if (keys === undefined) {
    const named = file === undefined ? files : [file];
    if (named.length === 0) fail('FILE is missing: name a policy file, or write the program behind --');
    return named.map((name) => ({ kind: 'file', file: name }));
  }
  if (files.length > 1) fail(`'${keys}' is about one policy, found ${files.length} files`);
  if (given.commandLine?.length === 0) fail("the program is missing behind '--'");
  const over = file ?? files[0];
  if (over === undefined && given.commandLine === undefined) {
    fail(`'${keys}' needs a program: write it behind --, or name a policy that has one with -p FILE`);
  }
  return [{ kind: 'flags', file: over, line }];
}

/** Returns whether a name is no file and not a policy's: its user had a program in mind. */
function isNoFile(name: string): boolean {
  return !/\.ya?ml$/.test(name) && !existsSync(name);
}
