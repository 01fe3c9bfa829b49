import type { CommandDescription } from '../command-description.ts';
import { EXIT } from '../exit.ts';

export const doctorCommand: CommandDescription = {
  name: 'doctor',
  describe: 'say what this host offers, what a policy would miss here, and the mend',
  synopsis: ['[--json] [FILE]'],
  detail: [
    'Looks at the kernel, the capabilities, limits and settings around the caller, and the files of this program. Each finding is ok, a note (it works, with less) or missing (what the caller could ask for does not work), with why it matters and how to mend it. Nothing is changed: namespaces are tried in a process that ends at once.',
    'Root is told about launches by root, an ordinary user about run --unprivileged. With a policy, its own problems on this host follow, for a launch by root and, where an ordinary user asks, for this user.',
  ],
  positionals: [
    { name: 'FILE', describe: 'a policy file', required: false, variadic: false, value: 'policy' },
  ],
  options: [{ name: 'json', kind: 'boolean', describe: 'the findings as one JSON object' }],
  examples: [
    { line: 'sudo portcullis doctor', describe: 'what a launch by root would miss' },
    { line: 'portcullis doctor policies/echo.yaml', describe: 'what this policy would miss here' },
  ],
  exitCodes: [
    { code: EXIT.fine, describe: 'nothing is missing for the launch that the caller can ask for' },
    { code: EXIT.findings, describe: 'something is missing, or the policy has errors for that launch' },
    { code: EXIT.usage, describe: 'the file cannot be read, or wrong usage' },
  ],
  environment: [
    { name: 'NO_COLOR', describe: 'when it is set, to whatever value, nothing is coloured on a terminal' },
  ],
  failureCode: EXIT.usage,
  run: async (given) => {
    const { doctor } = await import('../doctor.ts');
    doctor({ file: given.positionals[0], json: given.flag('json') ?? false });
  },
};
