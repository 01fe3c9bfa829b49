import type { CommandDescription } from '../arguments/command-description.ts';
import { POLICY_COMMAND, POLICY_OPTIONS } from '../arguments/policy-options.ts';
import { EXIT } from '../exit.ts';

export const runCommand: CommandDescription = {
  name: 'run',
  describe: 'serve policies: one gate for each, and a supervisor without privileges',
  synopsis: [
    '[--unprivileged] [--json] [--try LINE] FILE...',
    '[OPTION]... [-p FILE] [-- COMMAND [ARGUMENT]...]',
    '--save FILE [OPTION]... [-p FILE] [-- COMMAND [ARGUMENT]...]',
  ],
  detail: [
    'Checks every policy, then starts one gate for each. Either all of them start or the launch fails: problems are printed on standard error, and the exit status names their kind. After the start the process becomes the supervisor and prints events on standard output.',
    'SIGTERM and SIGINT drain the services: connections that wait are served, listeners close, and sessions may go on for the time that limits.drain gives them. A second signal ends everything at once.',
    'A single policy without listen wraps its program, which has the descriptors, the terminal and the signals of the caller. Your shell gets the exit status of the program, or 128 plus the number of the signal that ended it.',
    'Root needs the capabilities CAP_SETUID, CAP_SETGID, CAP_SETPCAP and CAP_SYS_ADMIN; CAP_NET_BIND_SERVICE for a privileged port, CAP_SYS_CHROOT for a root, CAP_NET_ADMIN for the network loopback, CAP_CHOWN and CAP_DAC_OVERRIDE for the owner of a socket. CAP_SYS_RAWIO, CAP_SYS_NICE, CAP_AUDIT_READ and, for an access list, CAP_NET_ADMIN are used where the caller has them.',
    'When you run it as root, Portcullis, Node, their libraries and the policies must belong to root, and only root may have the right to write them and every directory above them. Variables that steer Node, its libraries or the loader must be unset.',
  ],
  positionals: [
    { name: 'FILE', describe: 'a policy file', required: false, variadic: true, value: 'policy' },
  ],
  commandLine: POLICY_COMMAND,
  options: [
    {
      name: 'json',
      kind: 'boolean',
      describe: 'print events as JSON lines, the default when standard output is not a terminal',
      negation: 'print events as text, the default on a terminal',
    },
    {
      name: 'try',
      kind: 'text',
      argument: 'LINE',
      value: 'text',
      describe: 'print, for each service, a command that sends it this line from a second shell',
    },
    {
      name: 'unprivileged',
      kind: 'boolean',
      describe: 'serve as your own user, in a user namespace; ports below 1024 move up by 10000',
    },
    {
      name: 'debug',
      kind: 'boolean',
      describe:
        'print each step of the launch and its result on standard error, those of sessions in their log',
    },
    {
      name: 'explain',
      kind: 'boolean',
      describe:
        'follow every call of the sessions and report those that are answered with an error by the confinement, each with the key that changes it; sessions are slower',
    },
    {
      name: 'save',
      kind: 'text',
      argument: 'FILE',
      value: 'file',
      describe: 'write the policy that your options make to a new file (- is standard output), and exit',
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
    { code: EXIT.fine, describe: 'the services were ended by SIGTERM or SIGINT' },
    {
      code: EXIT.findings,
      describe:
        'a gate died, or standard output lost its reader (noticed at the next event); all other services were stopped',
    },
    {
      code: EXIT.launchFailed,
      describe: 'not started: wrong usage, a policy with errors, or a step of the launch that failed',
    },
    {
      code: EXIT.notExecutable,
      describe: 'not started: the policy names a file that cannot be executed',
    },
    {
      code: EXIT.notFound,
      describe:
        'not started: the policy names a program that is missing, or a script whose interpreter is missing',
    },
  ],
  environment: [
    {
      name: 'PATH',
      describe:
        'the directories that are searched for a COMMAND without a slash, unless the policy has a root',
    },
    {
      name: 'LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES',
      describe: 'the sockets that the starter passes to listeners with inherit, as in sd_listen_fds(3)',
    },
    { name: 'NO_COLOR', describe: 'when it is set, to any value, output on a terminal has no colour' },
    {
      name: 'NODE_*, LD_*, UV_*, OPENSSL_*, SSL_*, ICU_*, GLIBC_*, MALLOC_*',
      describe:
        'a launch by root fails when one of these is set, except a few such as NODE_ENV: they bring foreign code into it, or have it read and write files',
    },
  ],
  files: [{ name: '$(npm root -g)/portcullis/docs/events.md', describe: 'every event, with its fields' }],
  seeAlso: ['seccomp(2)', 'getrlimit(2)', 'capabilities(7)', 'inetd(8)', 'systemd.socket(5)'],
  failureCode: EXIT.launchFailed,
  run: async (given) => {
    const { policySources } = await import('../policy-source.ts');
    const sources = policySources(runCommand, given);
    const save = given.text('save');
    const unprivileged = given.flag('unprivileged') ?? false;
    if (save !== undefined) {
      const { saveSource } = await import('../launch/save-source.ts');
      saveSource({ sources, target: save, unprivileged });
      return;
    }
    const { runServices } = await import('../launch/run-services.ts');
    runServices({
      sources,
      json: given.flag('json') ?? !process.stdout.isTTY,
      unprivileged,
      debug: given.flag('debug') ?? false,
      explain: given.flag('explain') ?? false,
      try: given.text('try'),
    });
  },
};
