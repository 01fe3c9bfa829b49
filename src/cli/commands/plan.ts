import type { CommandModule } from 'yargs';
import type { PlanArguments } from '../print-plan-of.ts';

export const planCommand: CommandModule<object, PlanArguments> = {
  command: 'plan <file>',
  describe: 'print every system call of a launch, in order, with the line that asks for it',
  builder: (yargs) =>
    yargs
      .positional('file', { describe: 'a policy file', type: 'string', demandOption: true })
      .option('json', { describe: 'the plan as data', type: 'boolean', default: false })
      .option('unprivileged', {
        describe: 'the plan of `run --unprivileged`',
        type: 'boolean',
        default: false,
      })
      .example('$0 plan policies/echo.yaml', 'the three phases: prepare, confine, session') as never,
  handler: async (args) => {
    const { printPlanOf } = await import('../print-plan-of.ts');
    printPlanOf(args);
  },
};
