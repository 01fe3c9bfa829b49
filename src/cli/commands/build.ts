import { ARCHITECTURES } from '../../kernel/architecture.ts';
import { releaseText } from '../../kernel/kernel-release.ts';
import { SESSIONS_APART } from '../../kernel/landlock-abi.ts';
import type { CommandDescription } from '../arguments/command-description.ts';
import { EXIT } from '../exit.ts';

/** The oldest kernel that has all of the confinement. */
const OLDEST = releaseText(SESSIONS_APART.since);

export const buildCommand: CommandDescription = {
  name: 'build',
  describe: 'write one static executable with the plan of a policy inside',
  synopsis: ['[--unprivileged] [--target MACHINE] [--kernel VERSION] FILE --output OUT'],
  detail: [
    'The executable runs on hosts without Node and without Portcullis. The same version builds the same bytes from the same policy with the same accounts. The executable ignores the arguments, environment, limits, mask and directory of its caller; with --plan as the only argument it prints its plan. It prints events as lines of JSON on standard output and reports a failed launch on standard error. SIGTERM drains it.',
    'Accounts are looked up at build time, and the service must be installed on the host where you build. With --unprivileged the executable is for ordinary users. To bind a port below 1024 its file then needs setcap cap_net_bind_service=ep.',
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
      describe: 'the executable to write; an existing one is replaced',
    },
    {
      name: 'target',
      kind: 'text',
      argument: 'MACHINE',
      value: { words: ARCHITECTURES },
      describe: 'the machine that the executable is for; this one when absent',
    },
    {
      name: 'kernel',
      kind: 'text',
      argument: 'VERSION',
      value: 'text',
      describe: `the oldest kernel that the executable must run on; ${OLDEST} when absent`,
    },
    {
      name: 'unprivileged',
      kind: 'boolean',
      describe: 'build it for ordinary users, who start it in a user namespace',
    },
    {
      name: 'debug',
      kind: 'boolean',
      describe: 'print each step of the launch and its result on standard error, whenever it is started',
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
      describe: 'a file cannot be read or written, the gate for the machine is missing, or wrong usage',
    },
  ],
  seeAlso: ['setcap(8)', 'systemd.service(5)'],
  failureCode: EXIT.usage,
  run: async (given) => {
    const { ExitError } = await import('../exit.ts');
    const output = given.text('output');
    if (output === undefined) throw new ExitError(EXIT.usage, 'name the executable to write: --output OUT');
    const { buildExecutable } = await import('../launch/build-executable.ts');
    const [file = ''] = given.positionals;
    buildExecutable({
      file,
      output,
      target: given.text('target'),
      kernel: given.text('kernel') ?? OLDEST,
      unprivileged: given.flag('unprivileged') ?? false,
      debug: given.flag('debug') ?? false,
    });
  },
};
