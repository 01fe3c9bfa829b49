import yargs, { type CommandModule } from 'yargs';
import { checkCommand } from './commands/check.ts';
import { planCommand } from './commands/plan.ts';
import { runCommand } from './commands/run.ts';
import { EXIT, ExitError } from './exit.ts';

const COMMANDS = [runCommand, checkCommand, planCommand] as unknown as readonly CommandModule[];

/** Parses the command line and runs one command; ends the process with its exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const parser = yargs([...args])
    .scriptName('portcullis')
    .usage('$0 <command>\n\nPuts a program behind a port with the least privilege it can live with.')
    .example('sudo $0 run policies/echo.yaml', 'serve echo on port 7, confined')
    .example('$0 check policies/*.yaml', 'find mistakes, without root')
    .example('$0 plan policies/echo.yaml', 'print every system call of the launch')
    .command([...COMMANDS])
    .demandCommand(1, 'which command? See portcullis --help')
    .strict()
    .recommendCommands()
    .version()
    .alias('help', 'h')
    .wrap(Math.min(100, process.stdout.columns ?? 100))
    .fail((message, error) => {
      throw error ?? new ExitError(args[0] === 'run' ? EXIT.launchFailed : EXIT.usage, message);
    });
  try {
    await parser.parseAsync();
  } catch (error) {
    const known = error instanceof ExitError;
    const message = error instanceof Error ? error.message : String(error);
    if (message !== '') process.stderr.write(`portcullis: ${message}\n`);
    process.exitCode = known ? error.code : args[0] === 'run' ? EXIT.launchFailed : EXIT.usage;
  }
}
