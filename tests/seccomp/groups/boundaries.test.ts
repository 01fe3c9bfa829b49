import { describe, expect, test } from 'vitest';
import { ARCHITECTURES } from '../../../src/kernel/architecture.ts';
import { CONSTANT_NAMES, constantValue } from '../../../src/kernel/constants.ts';
import { isSystemCall } from '../../../src/kernel/system-calls.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import type { ListenAddress } from '../../../src/policy/policy.ts';
import type { RestOfPolicy } from '../../../src/seccomp/groups/rest-of-policy.ts';
import {
  BOUNDARIES,
  type Boundary,
  conditionText,
  GROUP_OPENS,
  OWN_GROUP_NAMES,
  ownGroup,
  parseRule,
  resolveFilter,
} from '../../../src/seccomp/index.ts';
import { policyOf } from '../support/policy.ts';

/** The calls through which rules open boundaries. */
function opened(
  rules: readonly string[],
  architecture: (typeof ARCHITECTURES)[number] = 'x86_64',
  rest: RestOfPolicy = {},
): readonly string[] {
  return resolveFilter(policyOf(rules), architecture, rest)
    .diagnostics.filter(({ code }) => code === 'boundary-opened')
    .flatMap(({ message }) => message.replace(/( beside |:).*/, '').split(', '));
}

/** All that leave every boundary closed. */
const CLOSED = OWN_GROUP_NAMES.filter((name) => GROUP_OPENS[name] === undefined);

/** The rules that have to be there before the calls of a boundary open it. */
function presupposed({ beside = [], where }: Boundary): readonly string[] {
  return [...beside, ...(where?.calls ?? [])].map(({ call }) => call);
}

/** The calls that a message of a boundary is about, those beside them as well. */
function callsIn(message: string): readonly string[] {
  return message.replace(/: opens .*/, '').match(/[a-z_0-9]+/g) ?? [];
}

function listenersOf(address: string): readonly ListenAddress[] {
  const text = `portcullis: 1\nservice: x\nlisten: ${address}\nhandoff: listener\nrun: [/x]\n`;
  return parsePolicy(text, 'x.yaml').policy?.listen ?? [];
}

/** A policy whose launch keeps the signals of a session within it. */
const REQUIRED: RestOfPolicy = { exec: 'once', landlock: 'required' };
const BEST_EFFORT: RestOfPolicy = { exec: 'once', landlock: 'best-effort' };

describe.each(ARCHITECTURES)('on %s', (architecture) => {
  test.each(CLOSED)('%s resolves without a remark and opens nothing', (group) => {
    expect(resolveFilter(policyOf([group]), architecture).diagnostics).toEqual([]);
  });

  test('all groups of our own together open nothing', () => {
    expect(opened(CLOSED, architecture)).toEqual([]);
  });

  test.each(Object.entries(GROUP_OPENS))('%s opens %s, and nothing else', (group, names) => {
    const { diagnostics } = resolveFilter(policyOf(['@read-files', group]), architecture);
    const found = diagnostics.map(({ message }) => message.replace(/.*: opens (.*?);.*/, '$1'));
    expect([...new Set(found)].sort()).toEqual([...names].sort());
    expect(diagnostics.every(({ severity, span }) => severity === 'warning' && span?.line === 2)).toBe(true);
  });

  test.each(CLOSED)('%s opens nothing and gets no remark where a launch brings more into it', (group) => {
    expect(resolveFilter(policyOf([group]), architecture, REQUIRED).diagnostics).toEqual([]);
  });

  test('all groups together open nothing there either', () => {
    const inRoot = { ...REQUIRED, root: '/srv/x' };
    expect(opened(CLOSED, architecture, inRoot)).toEqual([]);
    expect(opened(CLOSED, architecture, { ...inRoot, exec: 'allow' })).toEqual([]);
  });

  test('@jit opens writable code, and says so', () => {
    const { diagnostics } = resolveFilter(policyOf(['@jit']), architecture);
    expect(diagnostics).toMatchObject([{ code: 'boundary-opened', severity: 'warning' }]);
    expect(diagnostics[0]?.message).toContain('writable code');
    expect(opened(['@jit'], architecture)).toEqual(['mmap', 'mprotect', 'pkey_mprotect']);
  });

  test('@system-service opens nearly all of them', () => {
    const { diagnostics } = resolveFilter(policyOf(['@system-service']), architecture);
    const names = BOUNDARIES.filter(({ name }) =>
      diagnostics.some(({ message }) => message.includes(`opens ${name};`)),
    );
    expect(BOUNDARIES.length - names.length).toBeLessThanOrEqual(1);
    expect(diagnostics.every(({ span, severity }) => span?.line === 1 && severity === 'warning')).toBe(true);
  });

  test.each(
    BOUNDARIES.flatMap((boundary) =>
      boundary.calls.map((entry) => [entry.call, boundary.name, entry.safe, boundary] as const),
    ),
  )('%s opens %s without its condition, and its safe form does not', (call, name, safe, boundary) => {
    const rest: RestOfPolicy = boundary.where?.launched === true ? REQUIRED : {};
    const found = (rules: readonly string[]) =>
      resolveFilter(policyOf(rules), architecture, rest).diagnostics.filter(
        ({ message }) => message.includes(`opens ${name};`) && callsIn(message).includes(call),
      );
    const context = presupposed(boundary);
    const { diagnostics } = resolveFilter(policyOf([call]), architecture);
    const elsewhere = diagnostics.some(({ code }) => code === 'call-elsewhere');
    expect(elsewhere ? [] : found([call, ...context])).toHaveLength(elsewhere ? 0 : 1);
    if (safe.length > 0 || boundary.beside === undefined) expect(found([...safe, ...context])).toEqual([]);
    if (context.length > 0) expect(found([call])).toEqual([]);
  });
});

test('every rule of a group names a call that Linux has', () => {
  for (const group of OWN_GROUP_NAMES) {
    for (const rule of ownGroup(group) ?? []) {
      const parsed = parseRule(rule);
      if (group === '@service') expect(OWN_GROUP_NAMES).toContain(rule);
      else expect(parsed.ok && isSystemCall(parsed.value.target.name), rule).toBe(true);
    }
  }
});

test.each<[string, readonly string[], boolean]>([
  ['a weaker condition', ['kill(sig == SIGTERM)'], true],
  ['a stronger condition', ['kill(pid == 0 && sig == SIGTERM)'], false],
  ['another spelling', ['kill(pid in {0..0})'], false],
  ['an action that stops the call', ['kill -> errno(EPERM)'], false],
  ['a stop in front of everything unsafe', ['kill', 'kill(pid != 0) -> errno(EPERM)'], false],
  ['a stop that leaves a gap', ['kill', 'kill(pid != 0 && pid != 7) -> errno(EPERM)'], true],
  ['an observer who can let it happen', ['kill -> user_notif'], true],
  ['bits that are safe only one by one', ['mmap(prot & ~(PROT_READ|PROT_WRITE|PROT_EXEC) == 0)'], true],
  ['bits that a mask leaves free', ['mmap(prot & ~(PROT_WRITE|PROT_EXEC) == PROT_SEM)'], true],
  ['a free bit that is safe', ['mmap(prot & ~PROT_WRITE == PROT_READ)'], false],
  ['either bit but never both', ['mmap(prot in {1, 2, 3, 4, 5}, flags & MAP_SHARED == 0)'], false],
  ['either bit in memory that is shared', ['mmap(prot in {1, 2, 3, 4, 5})'], true],
  ['both bits among single values', ['mmap(prot in {1, 7})'], true],
  ['a listed socket option', ['setsockopt(level == SOL_SOCKET, optname == SO_KEEPALIVE)'], false],
  ['the same number at another level', ['setsockopt(level == IPPROTO_TCP, optname == 31)'], true],
  ['a network ioctl in a range', ['ioctl(cmd in {0x8911..0x8913})'], true],
  ['threads', ['clone(clone_flags & CLONE_NEWUSER == 0)'], true],
])('%s', (_, rules, opens) => {
  expect(opened(rules).length > 0).toBe(opens);
});

/** Nothing of the terminal whose number is its type and an index; FIOASYNC and those of sockets are left out as well. */
const PLAIN_TERMINAL = '0x4b00..0x4bff, 0x5400..0x54ff, 0x5600..0x56ff, 0x8900..0x89ff, 0x8b00..0x8bff';

const MESSAGES = '@socket';

test.each<[string, readonly string[], boolean]>([
  ['a socket without messages', ['socket(family == AF_UNIX)'], false],
  ['datagrams', [MESSAGES, 'socket(family == AF_UNIX, type == SOCK_DGRAM)'], true],
  [
    'datagrams that are closed on exec',
    [MESSAGES, 'socket(family == AF_UNIX, type == SOCK_DGRAM|SOCK_CLOEXEC)'],
    true,
  ],
  [
    'raw sockets of UNIX, which are datagrams',
    [MESSAGES, 'socket(family == AF_UNIX, type == SOCK_RAW)'],
    true,
  ],
  ['streams of UNIX', [MESSAGES, 'socket(family == AF_UNIX, type & 0xf == SOCK_STREAM)'], false],
  [
    'streams with either flag',
    [MESSAGES, 'socket(family == AF_UNIX, type & ~(SOCK_CLOEXEC|SOCK_NONBLOCK) == SOCK_STREAM)'],
    false,
  ],
  ['a family alone', [MESSAGES, 'socket(family == AF_INET)'], true],
  [
    'TCP',
    [MESSAGES, 'socket(family in {AF_INET, AF_INET6}, type == SOCK_STREAM, protocol == IPPROTO_TCP)'],
    false,
  ],
  ['streams of any protocol', [MESSAGES, 'socket(family == AF_INET, type == SOCK_STREAM)'], true],
  ['SCTP', [MESSAGES, 'socket(family == AF_INET, type == SOCK_STREAM, protocol == IPPROTO_SCTP)'], true],
  ['UDP', [MESSAGES, 'socket(family == AF_INET, type == SOCK_DGRAM, protocol == 0)'], true],
  ['a pair', [MESSAGES, 'socketpair(family == AF_UNIX)'], true],
  [
    'a pair of streams',
    [MESSAGES, 'socketpair(family == AF_UNIX, type in {SOCK_STREAM, SOCK_STREAM|SOCK_CLOEXEC})'],
    false,
  ],
  [
    'a pair that keeps messages apart',
    [MESSAGES, 'socketpair(family == AF_UNIX, type & 0xf == SOCK_SEQPACKET)'],
    false,
  ],
  ['a pair of another family', ['socketpair(type == SOCK_STREAM)'], true],
  ['a socket that is refused', [MESSAGES, 'socket -> errno(EACCES)'], false],
  ['messages that are refused', ['socketpair(family == AF_UNIX)', 'sendmsg -> errno(EPERM)'], false],
  ['one of the two ways to send', ['socketpair(family == AF_UNIX)', 'sendmmsg'], true],
  [
    'no message to a name',
    ['socketpair(family == AF_UNIX)', 'sendto(flags & MSG_FASTOPEN == 0 && addr == NULL)'],
    false,
  ],
  ['packets by an old name', ['socket(family == AF_INET, type == SOCK_PACKET)'], true],
  ['a file of memory that nothing maps to run', ['memfd_create', 'mmap(prot & PROT_EXEC == 0)'], false],
  ['a file of memory beside what a program needs', ['@start', 'memfd_create'], true],
  ['a sealed file of memory beside it', ['@start', 'memfd_create(flags & 0x8 != 0)'], true],
  ['a lock on nothing', ['flock'], false],
  ['a lock on files', ['@start', 'flock'], true],
  ['the group of locks, beside files', ['@read-files', '@locks'], true],
  ['only the question who has a lock', ['@read-files', 'fcntl(cmd == F_GETLK)'], false],
  ['the keys of a console', ['ioctl(cmd == KDSKBENT)'], true],
  ['the words on its keys', ['ioctl(cmd in {TCGETS, KDSKBSENT})'], true],
  ['numbers of the terminal with direction bits', [`ioctl(cmd not in {${PLAIN_TERMINAL}})`], true],
  ['those without the type', ['ioctl(cmd & 0xff00 not in {0x4b00, 0x5400, 0x5600, 0x8900, 0x8b00})'], false],
  ['the modes of a terminal', ['ioctl(cmd in {TCGETS, TCSETS, TCSETSW, TCSETSF, TIOCGWINSZ})'], false],
])('together: %s', (_, rules, opens) => {
  expect(opened(rules).length > 0).toBe(opens);
});

/** What the policy says beside its rules. */
test.each<[string, readonly string[], RestOfPolicy, number]>([
  ['a file of memory is no program with exec: once', ['memfd_create', 'execve'], { exec: 'once' }, 0],
  ['it is with exec: allow', ['memfd_create'], { exec: 'allow' }, 1],
  ['unless exec is refused', ['memfd_create', 'execve -> errno(EPERM)'], { exec: 'allow' }, 0],
  ['or the file is sealed', ['memfd_create(flags & 0x8 != 0)'], { exec: 'allow' }, 0],
  ['rules alone say what they say', ['memfd_create', 'execve'], {}, 1],
  ['files of a root of its own may be locked', ['@read-files', '@locks'], { root: '/srv/x' }, 0],
  ['those of the host may not', ['@read-files', '@locks'], { root: undefined }, 1],
])('surroundings: %s', (_, rules, surroundings, count) => {
  const { diagnostics } = resolveFilter(policyOf(rules), 'x86_64', surroundings);
  expect(diagnostics).toHaveLength(count);
});

/** The rules that a group brings, within the rest of a policy. */
function rulesIn(group: string, rest: RestOfPolicy): readonly string[] {
  return resolveFilter(policyOf([group]), 'x86_64', rest).filter.rules.map(
    ({ call, condition }) => `${call} ${conditionText(condition, call, 'x86_64')}`,
  );
}

test("a process sets the signal of its parent's end only where the end of the gate is its own", () => {
  const signal = 'prctl option == PR_SET_PDEATHSIG';
  expect(rulesIn('@self', { exec: 'once' })).toContain(signal);
  expect(rulesIn('@self', {})).not.toContain(signal);
});

test('files are opened for writing without a word in the policy only where Landlock judges', () => {
  const opening = (rest: RestOfPolicy): boolean =>
    new Set(rulesIn('@service', rest).filter((rule) => rule.startsWith('openat'))).size > 1;
  expect(opening({ landlock: 'required' })).toBe(true);
  expect(opening({ landlock: 'best-effort' })).toBe(false);
  expect(opening({})).toBe(false);
});

test('the default has what a service needs that accepts for itself only where it does', () => {
  const names = (rest: RestOfPolicy) => rulesIn('@service', rest).map((rule) => rule.replace(/ .*/, ''));
  expect(names({ handoff: 'listener' })).toEqual(expect.arrayContaining(['accept4', 'epoll_wait']));
  expect(names({ handoff: 'connection' })).not.toContain('accept4');
  expect(names({})).not.toContain('epoll_wait');
});

const UDP: RestOfPolicy = { handoff: 'listener', listen: listenersOf('udp://:69') };

describe('a service that is given a socket of datagrams', () => {
  test('has no message that names its receiver by a group that is closed, and nothing to accept', () => {
    for (const group of CLOSED) {
      const rules = rulesIn(group, UDP);
      expect(rules.filter((rule) => /^(sendmsg|sendmmsg|accept)/.test(rule) && group !== '@accept')).toEqual(
        [],
      );
    }
    expect(rulesIn('@service', UDP)).toContain('epoll_wait always');
    expect(opened(CLOSED, 'x86_64', { ...REQUIRED, ...UDP, root: '/srv/x' })).toEqual([]);
  });

  test('opens the handed socket by each rule that sends to an address', () => {
    expect(opened(['@datagram'], 'x86_64', UDP)).toEqual(['sendto', 'sendmsg', 'sendmmsg']);
    expect(opened(['sendmsg(flags & MSG_FASTOPEN == 0)'], 'x86_64', UDP)).toEqual(['sendmsg']);
    expect(opened(['recvfrom', 'recvmsg', 'sendto(addr == NULL, flags == 0)'], 'x86_64', UDP)).toEqual([]);
  });

  test('opens no more than before with connections, or where the gate keeps the socket', () => {
    const tcp: RestOfPolicy = { handoff: 'listener', listen: listenersOf('tcp://:69') };
    for (const rest of [tcp, { ...UDP, handoff: 'connection' } as const]) {
      expect(opened(['@datagram'], 'x86_64', rest)).toEqual(['sendto']);
      expect(rulesIn('@socket', rest).filter((rule) => rule.startsWith('sendm'))).toHaveLength(2);
    }
  });
});

test.each<[readonly string[], boolean]>([
  [['@lookups', 'socket(family == AF_UNIX)'], true],
  [['@service', 'socket(family == AF_INET, type == SOCK_DGRAM)'], true],
  [['@lookups', 'socket(family in {AF_UNIX, AF_INET}, type == SOCK_STREAM)'], false],
  [['@lookups', 'socket'], false],
  [['@self', 'setrlimit'], false],
  [['@self', 'setrlimit(resource == RLIMIT_CORE)'], true],
  [['socket(family == AF_UNIX)', 'socket -> errno(EACCES)'], false],
])('a rule of which the answers of a group leave nothing is a warning: %j', (rules, warned) => {
  const { diagnostics } = resolveFilter(policyOf(rules), 'x86_64');
  const found = diagnostics.filter(({ code }) => code === 'rule-overruled');
  expect(found.map(({ span }) => span?.line)).toEqual(warned ? [rules.length] : []);
});

const SIGNALS = ['kill', 'rt_sigqueueinfo', 'rt_tgsigqueueinfo', 'tgkill', 'tkill'];
const QUESTIONS = [
  'sched_getaffinity',
  'sched_getattr',
  'sched_getparam',
  'sched_getscheduler',
  'sched_rr_get_interval',
];

describe('signals and questions by number', () => {
  test.each(SIGNALS)('%s opens signals, unless the launch of the policy scopes them', (call) => {
    expect(opened([call], 'x86_64', REQUIRED)).toEqual([]);
    for (const rest of [BEST_EFFORT, {}, { landlock: 'required' } as const])
      expect(opened([call], 'x86_64', rest)).toEqual([call]);
  });

  test.each([
    'pidfd_open',
    'pidfd_send_signal',
    'ptrace',
    'prlimit64',
    'sched_setaffinity',
    'sched_setattr',
    'sched_setparam',
    'sched_setscheduler',
    'fcntl(cmd == F_SETOWN)',
    'fcntl(cmd == F_SETOWN_EX)',
    'fcntl(cmd == F_SETSIG)',
    'fcntl(cmd == F_NOTIFY)',
    'fcntl(cmd == F_SETFL)',
    'ioctl(cmd == FIOASYNC)',
    'ioctl(cmd == FIOSETOWN)',
    'ioctl(cmd == SIOCSPGRP)',
  ])('%s opens a boundary all the same, and with setpgid or setsid it is an error', (rule) => {
    const errors = (rules: readonly string[], rest: RestOfPolicy) =>
      resolveFilter(policyOf(rules), 'x86_64', rest).diagnostics.filter(
        ({ severity }) => severity === 'error',
      );
    for (const rest of [REQUIRED, BEST_EFFORT]) {
      expect(opened([rule], 'x86_64', rest).length).toBeGreaterThan(0);
      expect(errors([rule, ...SIGNALS], rest)).toEqual([]);
      for (const leaving of ['setpgid', 'setsid']) {
        expect(errors([leaving, '@stdio', '@signal-self', '@threads', ...SIGNALS], rest)).toEqual([]);
        expect(errors([rule, leaving], rest)).toMatchObject([
          {
            code: 'boundary-opened',
            span: { line: 2 },
            message: expect.stringMatching(new RegExp(`^${leaving} beside ${rule.replace(/\(.*/, '')} `)),
            help: expect.stringMatching(new RegExp(`^deny ${leaving} -> errno\\(EPERM\\)`)),
          },
        ]);
        expect(errors([rule, `${leaving} -> errno(EPERM)`], rest)).toEqual([]);
        expect(
          errors(['@system-service', 'setsid -> errno(EPERM)', 'setpgid -> errno(EPERM)'], rest),
        ).toEqual([]);
      }
    }
  });

  test.each([
    ['@signal-self', SIGNALS, 'kill(pid == 0)'],
    ['@threads', ['rt_tgsigqueueinfo', 'tgkill', 'tkill'], undefined],
    ['@node', ['rt_tgsigqueueinfo', 'tgkill', 'tkill'], undefined],
  ])('%s has signals only where they are scoped', (group, calls, instead) => {
    const here = (rest?: RestOfPolicy) =>
      (ownGroup(group, rest) ?? []).filter((rule) => /kill|sigqueue/.test(rule));
    expect(here(REQUIRED).toSorted()).toEqual(calls);
    for (const rest of [undefined, BEST_EFFORT, { landlock: 'required' } as const])
      expect(here(rest)).toEqual(instead === undefined ? [] : [instead]);
  });

  test.each(['@identity', '@threads'])(
    '%s has questions about any number in a namespace of its own',
    (group) => {
      expect(ownGroup(group, BEST_EFFORT)).toEqual(expect.arrayContaining(QUESTIONS));
      expect(ownGroup(group)?.filter((rule) => QUESTIONS.includes(rule))).toEqual([]);
    },
  );

  test('a policy whose groups lack signals has a note with the rule, its warning and the line that is why', () => {
    const span = { file: 'p.yaml', line: 9, column: 11, length: 11 };
    const rest = { ...BEST_EFFORT, spans: new Map([['landlock', span]]) };
    const notes = (rules: readonly string[], more: RestOfPolicy = rest) =>
      resolveFilter(policyOf(rules), 'x86_64', more).diagnostics.filter(
        ({ code }) => code === 'signals-left-out',
      );
    expect(notes(['@start', '@threads', '@signal-self'])).toMatchObject([
      {
        severity: 'note',
        span: { line: 2 },
        message: expect.stringMatching(
          /^@threads, @signal-self: without kill, .*, tgkill, tkill, since line 9 has `landlock: best-effort`; /,
        ),
        help: expect.stringMatching(
          /^write `landlock: required`.*; or add the rule tgkill, which opens signals to other processes: /,
        ),
      },
    ]);
    expect(notes(['@start', '@stdio'])).toEqual([]);
    expect(notes(['@signal-self -> errno(EPERM)'])).toEqual([]);
    expect(notes(['@threads', 'rt_tgsigqueueinfo', 'tgkill', 'tkill'])).toEqual([]);
    expect(notes(['@threads'], REQUIRED)).toEqual([]);
    expect(notes(['@threads'], {})).toEqual([]);
  });
});

test('a warning about two rules is at the one, names the other, and is accepted by the names of both', () => {
  const [warning, ...more] = resolveFilter(
    policyOf(['@socket', 'getpid', 'socketpair']),
    'x86_64',
  ).diagnostics.filter(({ message }) => message.includes('names in messages'));
  expect(more).toEqual([]);
  expect(warning).toMatchObject({
    severity: 'warning',
    span: { line: 3 },
    message: expect.stringMatching(
      /^socketpair beside sendmsg, sendmmsg \(line 1\): opens names in messages; /,
    ),
    help: expect.stringMatching(/^safe: socketpair\(.*\); or leave out sendmsg, sendmmsg$/),
    about: ['socketpair', 'sendmsg', 'sendmmsg'],
  });
});

/** What a program asks of a terminal, and how it sets modes and sizes. */
const OF_EVERY_PROGRAM = [
  ...[
    'TCGETS',
    'TCSETS',
    'TCSETSW',
    'TCSETSF',
    'TCGETA',
    'TCSETA',
    'TCSETAW',
    'TCSETAF',
    'TCSBRK',
    'TCSBRKP',
    'TCXONC',
  ],
  ...[
    'TCFLSH',
    'TIOCGWINSZ',
    'TIOCSWINSZ',
    'TIOCGPGRP',
    'TIOCGSID',
    'TIOCOUTQ',
    'TIOCGETD',
    'TIOCMGET',
    'TIOCINQ',
  ],
  ...['TCGETS2', 'TCSETS2', 'TCSETSW2', 'TCSETSF2'],
  ...['TIOCGDEV', 'TIOCGEXCL', 'TIOCGPKT', 'TIOCGPTLCK', 'TIOCGPTN'],
  ...['FIONREAD', 'FIONBIO', 'FIOCLEX', 'FIONCLEX', 'FIOQSIZE', 'FIOASYNC'],
];

test('every other number of the headers of terminals and consoles opens the terminal', () => {
  const numbers = CONSTANT_NAMES.filter((name) => /^(TC[A-Z]|TIOC|KD[A-Z]|GIO_|PIO_|VT_)/.test(name)).filter(
    (name) => {
      const type = (Number(constantValue(name, 'x86_64')) >> 8) & 0xff;
      return type === 0x4b || type === 0x54 || type === 0x56;
    },
  );
  expect(numbers.length).toBeGreaterThan(90);
  expect(numbers).toEqual(expect.arrayContaining(['TIOCSIG', 'TIOCSPTLCK', 'TIOCSTI']));
  const harmless = numbers.filter((name) => opened([`ioctl(cmd == ${name})`]).length === 0);
  expect(harmless.filter((name) => !OF_EVERY_PROGRAM.includes(name))).toEqual([]);
});

test('a default that lets calls through is one warning, at its place', () => {
  const span = { file: 'log.yaml', line: 6, column: 12, length: 3 };
  const { diagnostics } = resolveFilter(policyOf([], { default: { text: 'log', span } }), 'x86_64');
  expect(diagnostics).toMatchObject([{ code: 'boundary-opened', severity: 'warning', span }]);
});
