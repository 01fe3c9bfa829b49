import type { CommandModule } from 'yargs';
import type { CheckArguments } from '../check-policies.ts';
import { hasFiles } from '../has-files.ts';

export const checkCommand: CommandModule<object, CheckArguments> = {
  command: 'check [files..]',
  describe: 'report every problem of policies, with file, line and column',
  builder: (yargs) =>
    yargs
      .positional('files', { describe: 'policy files', type: 'string', array: true })
      .option('json', { describe: 'problems as a JSON array', type: 'boolean', default: false })
      .option('strict', { describe: 'warnings count as findings', type: 'boolean', default: false })
      .check(hasFiles)
      .example(
        '$0 check policies/echo.yaml',
        'exit code 0: fine, 1: problems, 2: a file cannot be read',
      ) as never,
  handler: async (args) => {
    const { checkPolicies } = await import('../check-policies.ts');
    checkPolicies(args);
  },
};
