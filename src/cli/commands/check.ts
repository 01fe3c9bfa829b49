import type { CommandDescription } from '../arguments/command-description.ts';
import { POLICY_COMMAND, POLICY_OPTIONS } from '../arguments/policy-options.ts';
import { EXIT } from '../exit.ts';

export const checkCommand: CommandDescription = {
  name: 'check',
  describe: 'report every problem of policies, with file, line and column',
  synopsis: [
    '[--strict] [--json] [--peer ADDRESS]... FILE...',
    '[OPTION]... [-p FILE] [-- COMMAND [ARGUMENT]...]',
  ],
  detail: [
    'Reports problems on standard output, each with file, line, column, the source line, a caret and, where one is known, a fix. The command starts no program and needs no root.',
    'You learn whether root could launch the policies on this host, no matter which user runs the check. It looks at users, programs, paths and the kernel, and leaves out ports in use.',
    'With --peer the command prints the answer of the access list, the keys `allow` and `deny`, to that address, at the line that decides. The option can be given again. An address of a link has its interface: fe80::1%eth0.',
    'With --json each problem is an object with `code` (the stable name of its kind), `severity` (`error`, `warning` or `note`) and `message`. Where they apply it also has `help` (the fix) and `span`: file, line and column, both from 1, and length.',
  ],
  positionals: [
    { name: 'FILE', describe: 'a policy file', required: false, variadic: true, value: 'policy' },
  ],
  commandLine: POLICY_COMMAND,
  options: [
    { name: 'json', kind: 'boolean', describe: 'print the problems as one JSON array' },
    { name: 'strict', kind: 'boolean', describe: 'count warnings as findings' },
    {
      name: 'peer',
      kind: 'list',
      argument: 'ADDRESS',
      value: 'text',
      describe: 'print whether the access list allows this peer, and the line that decides',
    },
    ...POLICY_OPTIONS,
  ],
  examples: [
    { line: 'portcullis check policies/echo.yaml', describe: 'every mistake in one policy' },
    {
      line: 'portcullis check --peer 192.0.2.7 policies/echo.yaml',
      describe: 'the answer of the access list to one peer',
    },
    { line: 'portcullis check --strict --json *.yaml', describe: 'for a program, warnings included' },
  ],
  exitCodes: [
    {
      code: EXIT.fine,
      describe: 'no error; with --strict also no warning, unless the policy accepts it',
    },
    {
      code: EXIT.findings,
      describe: 'errors were found; with --strict also warnings; with --peer the policy refuses a peer',
    },
    { code: EXIT.usage, describe: 'a file cannot be read, or wrong usage' },
  ],
  environment: [
    { name: 'NO_COLOR', describe: 'when it is set, to any value, output on a terminal has no colour' },
  ],
  failureCode: EXIT.usage,
  run: async (given) => {
    const { policySources } = await import('../policy-source.ts');
    const { checkPolicies } = await import('../check-policies.ts');
    checkPolicies({
      sources: policySources(checkCommand, given),
      json: given.flag('json') ?? false,
      strict: given.flag('strict') ?? false,
      peers: given.list('peer'),
    });
  },
};
