import { RLIMIT_NAMES } from '../../kernel/rlimits.ts';

/** An option of the command line that writes one key of a policy. */
export interface PolicyFlag {
  /** Without the dashes. */
  readonly name: string;
  /** The key, or the mapping whose keys it writes: `user`, `seccomp.rules`, `rlimits`. */
  readonly path: string;
  readonly kind: FlagKind;
  /** What stands for the value in a description: `NAME=VALUE`. */
  readonly argument: string;
  /** The sentence of the schema. */
  readonly describe: string;
  /** The only values there are; absent where others are taken. */
  readonly choices?: readonly string[];
  /** The only names there are of NAME=VALUE; absent where others are taken. */
  readonly entries?: readonly string[];
  /** Digits are a number, as they would be in a file. */
  readonly numeric?: true;
}

/**
 * `value`: given once. `switch`: without a value it is true. `list`: given again it adds an item. `entry`: NAME=VALUE, one
 * key of a mapping. `entry-list`: NAME=VALUE, one item of the list under a key.
 */
export type FlagKind = 'value' | 'switch' | 'list' | 'entry' | 'entry-list';

/** The version is implied, the program is what follows `--`. */
export const KEYS_WITHOUT_FLAG: readonly string[] = ['portcullis', 'run'];

/**
 * A flag for every key. The schema says the same and would be slow to load at every start of the command; a test holds the
 * two together.
 */
export const POLICY_FLAGS: readonly PolicyFlag[] = [
  {
    name: 'service',
    path: 'service',
    kind: 'value',
    argument: 'NAME',
    describe: 'Name of the service, for logs and process names.',
  },
  {
    name: 'description',
    path: 'description',
    kind: 'value',
    argument: 'TEXT',
    describe: 'One line for people.',
  },
  {
    name: 'listen',
    path: 'listen',
    kind: 'list',
    argument: 'ADDRESS',
    describe:
      'Where to listen: tcp://:79 (every address), tcp4://:79 (of IPv4), tcp6://:79 (of IPv6), tcp://127.0.0.1:7, tcp://[::1]:7.',
  },
  {
    name: 'handoff',
    path: 'handoff',
    kind: 'value',
    argument: 'connection|listener',
    describe: 'What the service gets on descriptor 0: each connection (inetd nowait) or the listener (wait).',
    choices: ['connection', 'listener'],
  },
  {
    name: 'listen-fds',
    path: 'listen-fds',
    kind: 'switch',
    argument: 'VALUE',
    describe: 'With handoff listener: also descriptor 3 and LISTEN_FDS, as systemd does.',
  },
  {
    name: 'user',
    path: 'user',
    kind: 'value',
    argument: 'USER',
    describe: 'The user of the service, by name or number.',
    numeric: true,
  },
  {
    name: 'group',
    path: 'group',
    kind: 'value',
    argument: 'GROUP',
    describe: "The group of the service; the user's primary group if left out.",
    numeric: true,
  },
  {
    name: 'groups',
    path: 'groups',
    kind: 'list',
    argument: 'GROUP',
    describe: 'Supplementary groups; none if left out.',
    numeric: true,
  },
  {
    name: 'reason',
    path: 'reason',
    kind: 'value',
    argument: 'TEXT',
    describe: 'Why the service needs user root.',
  },
  {
    name: 'accept',
    path: 'accept',
    kind: 'entry',
    argument: 'NAME=REASON',
    describe:
      'What is reported and meant, by call, capability or trait of the program, each with its reason.',
  },
  {
    name: 'capabilities',
    path: 'capabilities',
    kind: 'list',
    argument: 'NAME',
    describe: 'Capabilities that the service keeps; none if left out.',
  },
  {
    name: 'umask',
    path: 'umask',
    kind: 'value',
    argument: 'MASK',
    describe: 'File mode creation mask, octal.',
  },
  {
    name: 'pass-env',
    path: 'environment.pass',
    kind: 'list',
    argument: 'NAME',
    describe: "The caller's variables to hand on.",
  },
  {
    name: 'env',
    path: 'environment.set',
    kind: 'entry',
    argument: 'NAME=VALUE',
    describe: 'Variables with their values.',
  },
  {
    name: 'directory',
    path: 'directory',
    kind: 'value',
    argument: 'PATH',
    describe: 'Working directory, inside the root.',
  },
  {
    name: 'stderr',
    path: 'stderr',
    kind: 'value',
    argument: 'log|null|socket',
    describe: 'Where descriptor 2 leads.',
    choices: ['log', 'null', 'socket'],
  },
  {
    name: 'exec',
    path: 'exec',
    kind: 'value',
    argument: 'once|allow',
    describe: 'Whether the service may start programs.',
    choices: ['once', 'allow'],
  },
  {
    name: 'rlimit',
    path: 'rlimits',
    kind: 'entry',
    argument: 'NAME=LIMIT',
    describe: 'Resource limits of a session, soft and hard.',
    entries: RLIMIT_NAMES,
    numeric: true,
  },
  {
    name: 'root',
    path: 'root',
    kind: 'value',
    argument: 'PATH',
    describe: 'The directory that becomes the root (chroot); none if left out.',
  },
  {
    name: 'writable',
    path: 'writable',
    kind: 'list',
    argument: 'PATH',
    describe:
      'Directories inside the root below which the service may write, and /dev/null; none if left out.',
  },
  {
    name: 'network',
    path: 'network',
    kind: 'value',
    argument: 'none|host',
    describe: 'The network namespace of the sessions.',
    choices: ['none', 'host'],
  },
  {
    name: 'landlock',
    path: 'landlock',
    kind: 'value',
    argument: 'required|best-effort',
    describe: 'What to do on a kernel without Landlock.',
    choices: ['required', 'best-effort'],
  },
  {
    name: 'limit',
    path: 'limits',
    kind: 'entry',
    argument: 'NAME=VALUE',
    describe: 'Limits that the gate keeps.',
    entries: ['sessions', 'per-source', 'time', 'drain'],
    numeric: true,
  },
  {
    name: 'seccomp-default',
    path: 'seccomp.default',
    kind: 'value',
    argument: 'ACTION',
    describe: 'The action for every call that no rule names.',
  },
  {
    name: 'seccomp-kernel',
    path: 'seccomp.kernel',
    kind: 'value',
    argument: 'VERSION',
    describe: 'The kernel that the policy was written for: calls younger than it answer ENOSYS.',
  },
  {
    name: 'rule',
    path: 'seccomp.rules',
    kind: 'list',
    argument: 'RULE',
    describe: 'System calls, groups and conditions that are allowed or answered.',
  },
  {
    name: 'seccomp-group',
    path: 'seccomp.groups',
    kind: 'entry-list',
    argument: '@NAME=RULE',
    describe: 'Groups of rules that this policy defines for itself.',
  },
  {
    name: 'seccomp-weight',
    path: 'seccomp.weights',
    kind: 'entry',
    argument: 'NAME=COUNT',
    describe: 'How often the service makes calls: the filter finds the frequent ones first.',
    numeric: true,
  },
];
