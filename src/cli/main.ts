import packageDescription from '../../package.json' with { type: 'json' };
import { nearest } from '../policy/nearest.ts';
import { visible } from '../policy/visible-text.ts';
import type { CommandDescription } from './arguments/command-description.ts';
import { commandHelp, programHelp } from './arguments/help-text.ts';
import { EXIT, ExitError } from './exit.ts';
import { COMMANDS } from './program-description.ts';

/** Runs one command of the command line; leaves its exit code to the process. */
export async function main(args: readonly string[]): Promise<void> {
  const at = args.findIndex((word) => !word.startsWith('-') || word === '--');
  const name = args[at];
  const command = COMMANDS.find((candidate) => candidate.name === name);
  try {
    if (command !== undefined) await runCommand(command, args.toSpliced(at, 1));
    else withoutCommand(name, args);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (message !== '') process.stderr.write(`portcullis: ${message.split('\n').map(visible).join('\n')}\n`);
    process.exitCode = error instanceof ExitError ? error.code : (command?.failureCode ?? EXIT.usage);
  }
}

async function runCommand(command: CommandDescription, words: readonly string[]): Promise<void> {
  const { parseArguments } = await import('./arguments/parse-arguments.ts');
  const given = parseArguments(command, words);
  if (given.flag('help') === true) process.stdout.write(commandHelp(command, columns()));
  else if (given.flag('version') === true) printVersion();
  else await command.run(given);
}

/** Handles `--help` and `--version` alone; any other words lack a command, or name an unknown one. */
function withoutCommand(name: string | undefined, args: readonly string[]): void {
  if (name !== undefined && name !== '--')
    throw unknown(
      'command',
      name,
      COMMANDS.map((command) => command.name),
    );
  const odd = args.find((word) => !['--help', '-h', '--version'].includes(word));
  if (odd?.startsWith('-') === true && odd !== '--') throw unknown('option', odd, ['--help', '--version']);
  if (args.length === 0 || odd !== undefined)
    throw new ExitError(EXIT.usage, 'which command? See portcullis --help');
  if (args[0] === '--version') printVersion();
  else process.stdout.write(programHelp(columns()));
}

function unknown(kind: string, word: string, known: readonly string[]): ExitError {
  const meant = nearest(word, known);
  const help =
    meant === undefined ? 'see portcullis --help' : `did you mean '${meant}'? See portcullis --help`;
  return new ExitError(EXIT.usage, `unknown ${kind} '${word}'; ${help}`);
}

function printVersion(): void {
  process.stdout.write(`${packageDescription.version}\n`);
}

/** As wide as the terminal, but not so wide that lines are hard to read. */
function columns(): number {
  return Math.min(100, process.stdout.columns ?? 100);
}
