/** What a reference says of a key beside its description, which the schema has. */
export interface KeyWords {
  /** What its value is, one phrase. */
  readonly value: string;
  /** More sentences. Words of a policy stand between backticks. */
  readonly details?: string;
  /** What counts when the key is left out and the schema has no default. */
  readonly absent?: string;
  /** A value that the key takes. */
  readonly example?: unknown;
}

const SIZE = 'a size';
const NUMBER = 'a number';

/** Every key, by its path. Kept apart from the schema, which every check of a policy loads. */
export const KEY_WORDS: Readonly<Record<string, KeyWords>> = {
  portcullis: { value: 'the number 1', example: 1 },
  service: {
    value: '1 to 63 small letters, digits, dots, underscores and hyphens, the first a letter or a digit',
    example: 'finger',
  },
  description: { value: 'text', example: 'who is logged in, for the local network' },
  listen: {
    value: 'an address or a list of addresses',
    details:
      'Addresses are numeric, an IPv6 address stands in brackets; names are not looked up. Ports go from 1 to 65535. A policy without this key wraps a program, which has the descriptors of whoever runs it.',
    absent: 'the program is wrapped',
    example: ['tcp4://192.0.2.1:79', 'tcp6://[2001:db8::1]:79'],
  },
  run: {
    value: 'a list of words',
    details: 'There is no shell, and `PATH` is not searched.',
    example: ['/usr/sbin/efingerd', '-n'],
  },
  handoff: {
    value: 'a word',
    details:
      '`connection`: one process for each connection, which has it on descriptors 0 and 1. `listener`: one process that has the listening socket on descriptor 0 and accepts for itself; there is one address then.',
    example: 'listener',
  },
  'listen-fds': { value: '`true` or `false`', example: true },
  user: {
    value: 'a name or a number',
    details: '`root` needs a `reason`.',
    example: 'finger',
  },
  group: { value: 'a name or a number', absent: "the user's primary group", example: 'finger' },
  groups: {
    value: 'a list of names or numbers',
    details: 'Those that the user has on the host are not taken over.',
    example: ['tty'],
  },
  reason: {
    value: 'text',
    details: 'Without it `user: root` is an error.',
    example: 'the program reads a clock device that only root may open',
  },
  accept: {
    value: 'names of calls, capabilities and traits of a program with texts',
    details:
      'A warning of portcullis-check(1) about a capability, or about a rule that opens a boundary, is a note with this reason then. So is the error about a program that the kernel gives memory which is writable and executable: `executable-stack`, `writable-segment`. A name that nothing is reported under is a warning.',
    example: { kill: 'its two halves end each other' },
  },
  capabilities: {
    value: 'a list of names, with or without CAP_, in any case',
    details:
      'See capabilities(7). One that leaves little of the confinement is a warning that says what it opens.',
    example: ['wake_alarm'],
  },
  umask: { value: 'three or four octal digits', example: '0027' },
  environment: {
    value: 'a mapping',
    details:
      'Nothing is inherited. The peer is described by `PROTO`, `TCPREMOTEIP`, `TCPREMOTEPORT`, `TCPLOCALIP`, `TCPLOCALPORT`, `REMOTE_ADDR` and `REMOTE_PORT`. Names that begin with `TCP`, `REMOTE_` or `LISTEN_`, and `PROTO`, cannot be written here.',
  },
  'environment.pass': { value: 'a list of names', example: ['TZ'] },
  'environment.set': { value: 'names with values', example: { LANG: 'C' } },
  directory: { value: 'a path', example: '/var/lib/finger' },
  stderr: {
    value: 'a word',
    details: '`log`: to the log. `null`: nowhere. `socket`: to the client.',
    example: 'socket',
  },
  exec: {
    value: 'a word',
    details: '`once`: it is started, and can start no other. `allow`: it can start what it can reach.',
    example: 'allow',
  },
  rlimits: {
    value: 'a mapping',
    details:
      'See getrlimit(2). Each takes a value of its kind, `unlimited`, two values as `soft:hard`, or `{ soft: 16, hard: 32 }`. A single value is both limits.',
  },
  'rlimits.cpu': { value: 'a time in whole seconds', example: '5s' },
  'rlimits.fsize': {
    value: SIZE,
    details:
      'In a policy without `listen` the default is `unlimited`, as long as Landlock is sure to keep the program from every file but those that its caller opened.',
    example: '1MiB',
  },
  'rlimits.data': { value: SIZE, example: '64MiB' },
  'rlimits.stack': { value: SIZE, example: '1MiB' },
  'rlimits.core': { value: SIZE, example: 'unlimited' },
  'rlimits.rss': { value: SIZE, example: '64MiB' },
  'rlimits.nproc': { value: NUMBER, example: 32 },
  'rlimits.nofile': { value: 'a number from 4, never `unlimited`', example: 16 },
  'rlimits.memlock': { value: SIZE, example: '64KiB' },
  'rlimits.as': { value: SIZE, example: '64MiB' },
  'rlimits.locks': { value: NUMBER, example: 8 },
  'rlimits.sigpending': { value: NUMBER, example: 16 },
  'rlimits.msgqueue': { value: SIZE, example: '64KiB' },
  'rlimits.nice': { value: 'a number from 0 to 40', example: 20 },
  'rlimits.rtprio': { value: 'a number from 0 to 99', example: 1 },
  'rlimits.rttime': { value: 'a time in microseconds', example: '500us' },
  root: {
    value: 'a path',
    details:
      'It, the program in it and every directory on the way belong to root and are writable by nobody else.',
    example: '/srv/finger',
  },
  writable: {
    value: 'a list of paths',
    details:
      'The modes of files count as well. Landlock, which sees to this, has no say in modes, owners and times: rules about the calls that change them do.',
    example: ['/var/lib/finger'],
  },
  network: {
    value: 'a word',
    details: '`none`: an empty one; the connection is all there is. `host`: that of the host.',
    example: 'host',
  },
  landlock: {
    value: 'a word',
    details:
      '`required`: without Landlock ABI 6, which is Linux 6.12, nothing is started. `best-effort`: it is started with what the kernel has.',
    example: 'best-effort',
  },
  limits: { value: 'a mapping' },
  'limits.sessions': {
    value: 'a number from 1 to 16384',
    details: 'At the limit the kernel keeps further clients waiting.',
    example: 40,
  },
  'limits.per-source': {
    value: 'a number, at most `sessions`',
    absent: 'a quarter of `sessions`, which does not count the loopback',
    example: 4,
  },
  'limits.time': {
    value: 'a time or `unlimited`',
    details: 'With `handoff: listener` there is none by default.',
    example: '20s',
  },
  'limits.drain': { value: 'a time', details: 'A second later everything has ended.', example: '5s' },
  seccomp: { value: 'a mapping' },
  'seccomp.default': { value: 'an action', example: 'errno(EPERM)' },
  'seccomp.kernel': { value: 'major and minor version in quotes', example: '6.1' },
  'seccomp.rules': {
    value: 'a list of rules',
    example: ['@start', 'read', 'write(fd in {1, 2})'],
  },
  'seccomp.groups': {
    value: 'names that begin with @, with lists of rules',
    example: { '@mine': ['read', 'write(fd in {1, 2})'] },
  },
  'seccomp.weights': {
    value: 'names of calls, with numbers',
    details: 'As `strace -c` counts them. They decide how soon the filter finds a call, not what it answers.',
    example: { futex: 4210, read: 380 },
  },
};
