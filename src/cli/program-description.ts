import type { CommandDescription, ExampleDescription } from './command-description.ts';
import { buildCommand } from './commands/build.ts';
import { checkCommand } from './commands/check.ts';
import { completionCommand } from './commands/completion.ts';
import { doctorCommand } from './commands/doctor.ts';
import { planCommand } from './commands/plan.ts';
import { runCommand } from './commands/run.ts';

/** The commands, in the order of help and documents. */
export const COMMANDS: readonly CommandDescription[] = [
  runCommand,
  checkCommand,
  planCommand,
  buildCommand,
  doctorCommand,
  completionCommand,
];

/** What `portcullis --help` says before it lists the commands. */
export const PROGRAM: {
  readonly describe: string;
  readonly synopsis: readonly string[];
  readonly examples: readonly ExampleDescription[];
} = {
  describe: 'puts a program behind a port with the least privilege it can live with',
  synopsis: ['COMMAND [OPTION]... [ARGUMENT]...', '[COMMAND] --help'],
  examples: [
    { line: 'sudo portcullis run policies/echo.yaml', describe: 'serve echo on port 7, confined' },
    { line: 'portcullis check policies/*.yaml', describe: 'find mistakes, without root' },
    { line: 'portcullis plan policies/echo.yaml', describe: 'print every system call of the launch' },
  ],
};
