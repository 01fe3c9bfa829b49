import type { CommandModule } from 'yargs';
import { hasFiles } from '../has-files.ts';
import type { RunArguments } from '../run-services.ts';

export const runCommand: CommandModule<object, RunArguments> = {
  command: 'run [files..]',
  describe: 'serve the policies: one gate each, and a supervisor without privilege',
  builder: (yargs) =>
    yargs
      .positional('files', { describe: 'policy files', type: 'string', array: true })
      .option('json', {
        describe: 'events as JSON lines (default when standard output is no terminal)',
        type: 'boolean',
      })
      .option('try', {
        describe: 'print, for each service, how to send it a line from a second shell: --try hello',
        type: 'string',
        requiresArg: true,
      })
      .option('unprivileged', {
        describe: 'serve as the calling user in a user namespace; ports below 1024 move up by 10000',
        type: 'boolean',
        default: false,
      })
      .check(hasFiles)
      .example('sudo $0 run echo.yaml finger.yaml', 'two services')
      .example('$0 run --unprivileged policies/echo.yaml', 'without root, on port 10007') as never,
  handler: async (args) => {
    const { runServices } = await import('../run-services.ts');
    runServices({ ...args, json: args.json ?? !process.stdout.isTTY });
  },
};
