import { ARCHITECTURES } from '../../kernel/architecture.ts';
import type { CommandDescription } from '../command-description.ts';
import { EXIT } from '../exit.ts';

export const buildCommand: CommandDescription = {
  name: 'build',
  describe: 'write one static executable with the plan of a policy inside',
  synopsis: ['[--unprivileged] [--target MACHINE] [--kernel VERSION] FILE --output OUT'],
  detail: [
    'The executable needs neither Node nor Portcullis where it runs, and is the same, byte for byte, whenever the same version builds the same policy with the same accounts. It ignores arguments, environment, limits, mask and directory of whoever starts it; with --plan alone it prints what it would do. Events are lines of JSON on its standard output, a launch that fails is told on standard error, and SIGTERM drains.',
    'Accounts are looked up when it is built, and the service has to be installed on the host that builds. With --unprivileged it is for ordinary users: to bind a port below 1024 the file then needs setcap cap_net_bind_service=ep.',
  ],
  positionals: [
    { name: 'FILE', describe: 'a policy file', required: true, variadic: false, value: 'policy' },
  ],
  options: [
    {
      name: 'output',
      alias: 'o',
      kind: 'text',
      argument: 'OUT',
      value: 'file',
      describe: 'the executable to write; one that is there is replaced',
    },
    {
      name: 'target',
      kind: 'text',
      argument: 'MACHINE',
      value: { words: ARCHITECTURES },
      describe: 'the machine that it is for; this one when absent',
    },
    {
      name: 'kernel',
      kind: 'text',
      argument: 'VERSION',
      value: 'text',
      describe: 'the oldest kernel that it is to run on; 6.12 when absent',
    },
    {
      name: 'unprivileged',
      kind: 'boolean',
      describe: 'to be started by ordinary users, in a user namespace',
    },
  ],
  examples: [
    { line: 'portcullis build policies/echo.yaml -o echo', describe: 'for root, or a unit file' },
    {
      line: 'portcullis build --unprivileged policies/echo.yaml -o echo',
      describe: 'for ordinary users, with a file capability',
    },
  ],
  exitCodes: [
    { code: EXIT.fine, describe: 'the executable was written' },
    { code: EXIT.findings, describe: 'the policy has errors; they are on standard error' },
    {
      code: EXIT.usage,
      describe: 'a file cannot be read or written, no gate for the machine, or wrong usage',
    },
  ],
  seeAlso: ['setcap(8)', 'systemd.service(5)'],
  failureCode: EXIT.usage,
  run: async (given) => {
    const { ExitError } = await import('../exit.ts');
    const output = given.text('output');
    if (output === undefined) throw new ExitError(EXIT.usage, 'name the executable to write: --output OUT');
    const { buildExecutable } = await import('../build-executable.ts');
    const [file = ''] = given.positionals;
    buildExecutable({
      file,
      output,
      target: given.text('target'),
      kernel: given.text('kernel') ?? '6.12',
      unprivileged: given.flag('unprivileged') ?? false,
    });
  },
};
