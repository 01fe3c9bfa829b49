import type { CommandDescription } from '../arguments/command-description.ts';
import { EXIT } from '../exit.ts';

export const doctorCommand: CommandDescription = {
  name: 'doctor',
  describe: 'report the features that a launch would miss on this host, and how to fix that',
  synopsis: ['[--json] [FILE]'],
  detail: [
    'Looks at the kernel, at your capabilities, limits and settings, and at the files of this program. Each finding is ok, a note (it works, with less) or missing (a launch that you could ask for fails). Findings of the last two kinds have the reason why they matter and a fix. The command changes no setting: it tries namespaces in a process that ends at once.',
    'As root you get a report about launches by root, as an ordinary user about run --unprivileged. With a policy, its own problems on this host follow, for a launch by root and, where an ordinary user asks, for this user.',
  ],
  positionals: [
    { name: 'FILE', describe: 'a policy file', required: false, variadic: false, value: 'policy' },
  ],
  options: [{ name: 'json', kind: 'boolean', describe: 'print the findings as one JSON object' }],
  examples: [
    { line: 'sudo portcullis doctor', describe: 'the features that a launch by root would miss' },
    {
      line: 'portcullis doctor policies/echo.yaml',
      describe: 'the features that this policy would miss here',
    },
  ],
  exitCodes: [
    { code: EXIT.fine, describe: 'all that your launch needs is there' },
    { code: EXIT.findings, describe: 'a feature is missing, or the policy has errors for that launch' },
    { code: EXIT.usage, describe: 'the file cannot be read, or wrong usage' },
  ],
  environment: [
    { name: 'NO_COLOR', describe: 'when it is set, to any value, output on a terminal has no colour' },
  ],
  failureCode: EXIT.usage,
  run: async (given) => {
    const { doctor } = await import('../doctor.ts');
    doctor({ file: given.positionals[0], json: given.flag('json') ?? false });
  },
};
