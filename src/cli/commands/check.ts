import type { CommandDescription } from '../command-description.ts';
import { EXIT } from '../exit.ts';
import { POLICY_COMMAND, POLICY_OPTIONS } from '../policy-options.ts';

export const checkCommand: CommandDescription = {
  name: 'check',
  describe: 'report every problem of policies, with file, line and column',
  synopsis: ['[--strict] [--json] FILE...', '[OPTION]... [-p FILE] [-- COMMAND [ARGUMENT]...]'],
  detail: [
    'Reports problems on standard output, each with file, line, column, the source line, a caret and, where there is one, a mend. Nothing is started, and no root is needed.',
    'It asks whether root could launch the policies on this host, whoever runs it: users, programs, paths and the kernel are looked at; ports in use are not.',
    'With --json each problem is an object with `code` (the stable name of its kind), `severity` (`error` or `warning`), `message`, and, where there are any, `help` and `span`: file, line and column, both from 1, and length.',
  ],
  positionals: [
    { name: 'FILE', describe: 'a policy file', required: false, variadic: true, value: 'policy' },
  ],
  commandLine: POLICY_COMMAND,
  options: [
    { name: 'json', kind: 'boolean', describe: 'problems as one JSON array' },
    { name: 'strict', kind: 'boolean', describe: 'warnings count as findings' },
    ...POLICY_OPTIONS,
  ],
  examples: [
    { line: 'portcullis check policies/echo.yaml', describe: 'every mistake in one policy' },
    { line: 'portcullis check --strict --json *.yaml', describe: 'for a program, warnings included' },
  ],
  exitCodes: [
    {
      code: EXIT.fine,
      describe: 'no error; with --strict, no warning either that the policy does not accept',
    },
    { code: EXIT.findings, describe: 'findings' },
    { code: EXIT.usage, describe: 'a file cannot be read, or wrong usage' },
  ],
  environment: [
    { name: 'NO_COLOR', describe: 'when it is set, to whatever value, nothing is coloured on a terminal' },
  ],
  failureCode: EXIT.usage,
  run: async (given) => {
    const { policySources } = await import('../policy-source.ts');
    const { checkPolicies } = await import('../check-policies.ts');
    checkPolicies({
      sources: policySources(checkCommand, given),
      json: given.flag('json') ?? false,
      strict: given.flag('strict') ?? false,
    });
  },
};
