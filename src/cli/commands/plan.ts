import type { CommandDescription } from '../arguments/command-description.ts';
import { POLICY_COMMAND, POLICY_OPTIONS } from '../arguments/policy-options.ts';
import { EXIT } from '../exit.ts';

export const planCommand: CommandDescription = {
  name: 'plan',
  describe: 'print every system call of a launch, in order, with the line that asks for it',
  synopsis: ['[--unprivileged] [--json] FILE', '[OPTION]... [-p FILE] [-- COMMAND [ARGUMENT]...]'],
  detail: [
    'Prints the plan that root would execute on this host, in its three phases: prepare, confine, session. The command starts no program and needs no root.',
    'With --json you get the same steps as data: every step has its number, bytes are in hexadecimal, and numbers of 64 bits are decimal text.',
  ],
  positionals: [
    { name: 'FILE', describe: 'a policy file', required: false, variadic: false, value: 'policy' },
  ],
  commandLine: POLICY_COMMAND,
  options: [
    { name: 'json', kind: 'boolean', describe: 'print the plan as data' },
    {
      name: 'unprivileged',
      kind: 'boolean',
      describe: 'print the plan of `run --unprivileged`: as your own user, in a user namespace',
    },
    ...POLICY_OPTIONS,
  ],
  examples: [
    { line: 'portcullis plan policies/echo.yaml', describe: 'the three phases: prepare, confine, session' },
    { line: 'portcullis plan --json --unprivileged policies/echo.yaml', describe: 'as data, without root' },
  ],
  exitCodes: [
    { code: EXIT.fine, describe: 'the plan was printed' },
    { code: EXIT.findings, describe: 'the policy has errors; they are on standard error' },
    { code: EXIT.usage, describe: 'the file cannot be read, or wrong usage' },
  ],
  seeAlso: ['syscalls(2)', 'credentials(7)', 'namespaces(7)'],
  failureCode: EXIT.usage,
  run: async (given) => {
    const { policySources } = await import('../policy-source.ts');
    const { printPlanOf } = await import('../print/print-plan-of.ts');
    const [source] = policySources(planCommand, given);
    if (source === undefined) return;
    printPlanOf({
      source,
      json: given.flag('json') ?? false,
      unprivileged: given.flag('unprivileged') ?? false,
    });
  },
};
