import type { CommandDescription } from '../command-description.ts';
import { EXIT } from '../exit.ts';
import { POLICY_COMMAND, POLICY_OPTIONS } from '../policy-options.ts';

export const runCommand: CommandDescription = {
  name: 'run',
  describe: 'serve policies: one gate each, and a supervisor without privilege',
  synopsis: [
    '[--unprivileged] [--json] [--try LINE] FILE...',
    '[OPTION]... [-p FILE] [-- COMMAND [ARGUMENT]...]',
    '--save FILE [OPTION]... [-p FILE] [-- COMMAND [ARGUMENT]...]',
  ],
  detail: [
    'Checks every policy, then starts one gate each. When one cannot start, none does: the problems are on standard error, and the exit status says which kind. When all have started, the process becomes the supervisor, and events follow on standard output.',
    'SIGTERM and SIGINT drain: listeners close, sessions may go on for the time that limits.drain gives them. A second one ends everything at once.',
    'A policy without listen, alone, serves nobody: the program has the descriptors, the terminal and the signals of the caller, and its exit status is that of the command, or 128 and the number of the signal that ended it.',
    'Root needs the capabilities CAP_SETUID, CAP_SETGID, CAP_SETPCAP and CAP_SYS_ADMIN; CAP_NET_BIND_SERVICE for a privileged port, and CAP_SYS_CHROOT for a root. CAP_SYS_RAWIO and CAP_SYS_NICE are used where they are there.',
    'As root, the program, Node, their libraries and the policies have to belong to root and be writable by nobody else, every directory above them included; variables that steer Node, its libraries or the loader have to be unset.',
  ],
  positionals: [
    { name: 'FILE', describe: 'a policy file', required: false, variadic: true, value: 'policy' },
  ],
  commandLine: POLICY_COMMAND,
  options: [
    {
      name: 'json',
      kind: 'boolean',
      describe: 'events as JSON lines, the default when standard output is no terminal',
      negation: 'events as text, the default on a terminal',
    },
    {
      name: 'try',
      kind: 'text',
      argument: 'LINE',
      value: 'text',
      describe: 'print, for each service, how to send it this line from a second shell',
    },
    {
      name: 'unprivileged',
      kind: 'boolean',
      describe: 'serve as the calling user in a user namespace; ports below 1024 move up by 10000',
    },
    {
      name: 'save',
      kind: 'text',
      argument: 'FILE',
      value: 'file',
      describe:
        'write the policy that the options make to a new file (- is standard output) and start nothing',
    },
    ...POLICY_OPTIONS,
  ],
  examples: [
    {
      line: 'sudo portcullis run --listen tcp://:7979 --user nobody --rlimit nofile=32 -- cat',
      describe: 'a service without a file',
    },
    {
      line: 'echo hello | portcullis run --unprivileged -- tr a-z A-Z',
      describe: 'a program in a pipeline, confined',
    },
    { line: 'sudo portcullis run echo.yaml finger.yaml', describe: 'two services' },
    {
      line: 'portcullis run --unprivileged policies/echo.yaml',
      describe: 'without root, on port 10007',
    },
  ],
  exitCodes: [
    { code: EXIT.fine, describe: 'ended by SIGTERM or SIGINT' },
    {
      code: EXIT.findings,
      describe:
        'a gate ended by itself, or standard output has no reader, which shows at the next event; everything else was ended with it',
    },
    {
      code: EXIT.launchFailed,
      describe: 'nothing was started: wrong usage, a policy with errors, a step of the launch that failed',
    },
    {
      code: EXIT.notExecutable,
      describe: 'nothing was started: the policy names a file that cannot be executed',
    },
    {
      code: EXIT.notFound,
      describe:
        'nothing was started: the policy names a program, or a script an interpreter, that is not there',
    },
  ],
  environment: [
    { name: 'PATH', describe: 'where a COMMAND without a slash is looked up, unless there is a root' },
    { name: 'NO_COLOR', describe: 'when it is set, to whatever value, nothing is coloured on a terminal' },
    {
      name: 'NODE_*, LD_*, UV_*, OPENSSL_*, SSL_*, ICU_*, GLIBC_*, MALLOC_*',
      describe:
        'root is refused when one of these is set, but for a few such as NODE_ENV: they have root run code of others, or read and write their files',
    },
  ],
  files: [{ name: '$(npm root -g)/portcullis/docs/events.md', describe: 'every event, with its fields' }],
  seeAlso: ['seccomp(2)', 'getrlimit(2)', 'capabilities(7)', 'inetd(8)'],
  failureCode: EXIT.launchFailed,
  run: async (given) => {
    const { policySources } = await import('../policy-source.ts');
    const sources = policySources(runCommand, given);
    const save = given.text('save');
    const unprivileged = given.flag('unprivileged') ?? false;
    if (save !== undefined) {
      const { saveSource } = await import('../save-source.ts');
      saveSource({ sources, target: save, unprivileged });
      return;
    }
    const { runServices } = await import('../run-services.ts');
    runServices({
      sources,
      json: given.flag('json') ?? !process.stdout.isTTY,
      unprivileged,
      try: given.text('try'),
    });
  },
};
