import { optionValue } from './options.ts';
import { readEnv, readStarter, readSu } from './read-words.ts';
import {
  account,
  directory,
  environment,
  group,
  limits,
  prlimits,
  root,
  SOFT,
  time,
  user,
} from './same-keys.ts';
import type { Wrapper } from './wrapper.ts';

const OWN_SESSION = 'a session has no terminal, and a process group of its own';
const EMPTY_NAMESPACES = 'the launch makes the namespaces; network and root say which';
const NO_PRIORITY =
  'each session has niceness 0, no I/O priority and all processors, and no key changes that';
const TRACES =
  'a session lets nobody trace; run --debug prints the launch, and a wrapper around portcullis sees it whole';
const REAPER = 'the gate is process 1 of each session already';

const SU: Wrapper = {
  privileged: true,
  forks: true,
  read: readSu,
  keys: ({ operands }) => user(operands[0]),
};
const SETUIDGID: Wrapper = { operands: 1, keys: ({ operands }) => account(operands[0]) };
const SOFTLIMIT: Wrapper = { valued: Object.keys(SOFT), keys: ({ options }) => limits(options) };
const ENVDIR: Wrapper = { operands: 1, keys: () => ['environment: { set: { ... } }'] };
const FORGETS_TERMINAL: Wrapper = { note: OWN_SESSION };
const INIT: Wrapper = { forks: true, valued: ['-p', '-e', '-r', '--rewrite'], note: REAPER };

/** Programs that start the one that their arguments name, by the names of their files. */
export const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  env: {
    read: readEnv,
    keys: (wrapped) => [...environment(wrapped), ...directory(optionValue(wrapped.options, '-C', '--chdir'))],
  },
  nice: { valued: ['-n', '--adjustment'], note: NO_PRIORITY },
  ionice: {
    valued: ['-c', '--class', '-n', '--classdata', '-p', '--pid', '-P', '--pgid', '-u', '--uid'],
    note: NO_PRIORITY,
  },
  chrt: { valued: ['-T', '-P', '-D', '-p', '--pid'], operands: 1, note: NO_PRIORITY },
  taskset: { valued: ['-p', '--pid'], operands: 1, note: NO_PRIORITY },
  numactl: {
    valued: ['-i', '--interleave', '-N', '--cpunodebind', '-C', '--physcpubind', '-m', '--membind', '-p'],
    note: NO_PRIORITY,
  },
  timeout: {
    forks: true,
    valued: ['-k', '--kill-after', '-s', '--signal'],
    operands: 1,
    keys: ({ operands }) => time(operands[0]),
  },
  stdbuf: {
    valued: ['-i', '--input', '-o', '--output', '-e', '--error'],
    note: 'buffering is for an option of the program, such as -u of python3',
  },
  setpriv: {
    valued: [
      ...['--reuid', '--regid', '--ruid', '--euid', '--rgid', '--egid', '--groups', '--inh-caps'],
      ...['--ambient-caps', '--bounding-set', '--securebits', '--pdeathsig', '--selinux-label'],
      '--apparmor-profile',
    ],
    keys: ({ options }) => [
      ...user(optionValue(options, '--reuid', '--ruid', '--euid')),
      ...group(optionValue(options, '--regid', '--rgid', '--egid')),
      ...(optionValue(options, '--ambient-caps', '--inh-caps') === undefined ? [] : ['capabilities: [...]']),
    ],
  },
  sudo: {
    forks: true,
    privileged: true,
    assigns: true,
    valued: [
      ...['-u', '--user', '-g', '--group', '-C', '--close-from', '-D', '--chdir', '-h', '--host', '-p'],
      ...['--prompt', '-R', '--chroot', '-r', '--role', '-t', '--type', '-T', '--command-timeout', '-U'],
    ],
    keys: (wrapped) => [
      ...user(optionValue(wrapped.options, '-u', '--user') ?? 'root'),
      ...group(optionValue(wrapped.options, '-g', '--group')),
      ...environment(wrapped),
    ],
  },
  doas: {
    privileged: true,
    valued: ['-u', '-C', '-a'],
    keys: ({ options }) => user(optionValue(options, '-u') ?? 'root'),
  },
  pkexec: {
    privileged: true,
    valued: ['--user'],
    keys: ({ options }) => user(optionValue(options, '--user') ?? 'root'),
  },
  su: SU,
  runuser: { ...SU, privileged: false },
  gosu: SETUIDGID,
  'su-exec': SETUIDGID,
  setuidgid: SETUIDGID,
  's6-setuidgid': SETUIDGID,
  envuidgid: { operands: 1, keys: () => ['environment: { set: { UID: ..., GID: ... } }'] },
  chpst: {
    valued: ['-u', '-U', '-b', '-/', '-n', '-l', '-L', '-e', '-m', '-d', '-o', '-p', '-f', '-c', '-r', '-t'],
    keys: ({ options }) => [
      ...account(optionValue(options, '-u')),
      ...root(optionValue(options, '-/')),
      ...(optionValue(options, '-e') === undefined ? [] : ['environment: { set: { ... } }']),
      ...limits(options),
    ],
  },
  softlimit: SOFTLIMIT,
  's6-softlimit': SOFTLIMIT,
  envdir: ENVDIR,
  's6-envdir': ENVDIR,
  prlimit: { valued: ['-p', '--pid', '-o', '--output'], keys: ({ options }) => prlimits(options) },
  chroot: { operands: 1, keys: ({ operands }) => root(operands[0]) },
  nohup: FORGETS_TERMINAL,
  // A session leads its process group, in which case setsid(1) forks.
  setsid: { ...FORGETS_TERMINAL, forks: true },
  pgrphack: FORGETS_TERMINAL,
  unshare: {
    valued: [
      ...['-S', '--setuid', '-G', '--setgid', '-R', '--root', '-w', '--wd', '--map-user', '--map-group'],
      ...['--map-users', '--map-groups', '--propagation', '--setgroups', '--monotonic', '--boottime'],
    ],
    keys: ({ options }) => [
      ...root(optionValue(options, '-R', '--root')),
      ...directory(optionValue(options, '-w', '--wd')),
    ],
    note: EMPTY_NAMESPACES,
  },
  nsenter: { valued: ['-t', '--target', '-S', '--setuid', '-G', '--setgid'], note: EMPTY_NAMESPACES },
  tini: INIT,
  'dumb-init': INIT,
  catatonit: INIT,
  tcpd: { note: 'addresses are for the firewall' },
  flock: {
    forks: true,
    valued: ['-w', '--wait', '--timeout', '-E', '--conflict-exit-code'],
    operands: 1,
    note: 'one session at a time is limits: { sessions: 1 }',
  },
  setlock: { operands: 1, note: 'one session at a time is limits: { sessions: 1 }' },
  strace: {
    forks: true,
    valued: ['-a', '-b', '-e', '-E', '-I', '-o', '-O', '-p', '-P', '-s', '-S', '-u', '-U', '-X'],
    note: TRACES,
  },
  ltrace: {
    forks: true,
    valued: ['-a', '-A', '-D', '-e', '-F', '-l', '-n', '-o', '-p', '-s', '-u', '-w', '-x'],
    note: TRACES,
  },
  time: {
    forks: true,
    valued: ['-f', '--format', '-o', '--output'],
    note: 'the event of the end has cpu_us and memory_kb',
  },
  linux32: {},
  linux64: {},
  xargs: {
    forks: true,
    valued: [
      '-a',
      '-d',
      '-E',
      '-I',
      '-L',
      '-n',
      '-P',
      '-s',
      '--arg-file',
      '--delimiter',
      '--max-args',
      '--max-procs',
    ],
  },
  'start-stop-daemon': {
    forks: true,
    read: readStarter,
    keys: ({ options }) => [
      ...account(optionValue(options, '-c', '--chuid')),
      ...directory(optionValue(options, '-d', '--chdir')),
      ...root(optionValue(options, '-r', '--chroot')),
    ],
  },
};
