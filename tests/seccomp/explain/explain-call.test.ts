import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explainCall } from '../../../src/seccomp/explain/explain-call.ts';
import { explanationData } from '../../../src/seccomp/explain/explanation-data.ts';
import { explanationText } from '../../../src/seccomp/explain/explanation-text.ts';
import { lineRules } from '../../../src/seccomp/explain/known-rules.ts';
import type { Surroundings } from '../../../src/seccomp/explain/surroundings.ts';
import type { RestOfPolicy } from '../../../src/seccomp/groups/rest-of-policy.ts';
import { parseCall } from '../../../src/seccomp/index.ts';
import { policyOf } from '../support/policy.ts';

const AROUND: Surroundings = {
  rest: { exec: 'once' },
  program: 'app',
  mayWrite: false,
  writesNothing: true,
  network: 'none',
  capabilities: [],
  hasTerminals: false,
  makesTerminals: false,
};

const LISTENER = {
  kind: 'udp',
  text: 'udp4://:69',
  family: 'inet',
  address: '0.0.0.0',
  port: 69,
  dualStack: false,
} as const;

const RULES = ['@start', '@stdio', '@read-files', '@socket'];

interface Asked {
  readonly rules?: readonly string[];
  readonly around?: Partial<Surroundings>;
  readonly isDefault?: boolean;
}

function explain(text: string, { rules = RULES, around = {}, isDefault = false }: Asked = {}) {
  const parsed = parseCall(text, 'x86_64');
  if (!parsed.ok) throw new Error(parsed.problem.message);
  const { nr, args } = parsed.value.data;
  const written = policyOf(rules);
  const seccomp = isDefault
    ? { ...written, rules: written.rules.map(({ text: line }) => ({ text: line, span: undefined })) }
    : written;
  return explainCall(
    { seccomp, architecture: 'x86_64', around: { ...AROUND, ...around } },
    { nr, args: text.includes('(') ? [...args, 0n, 0n, 0n, 0n, 0n, 0n].slice(0, 6) : undefined },
  );
}

describe('the smallest change', () => {
  test.each<readonly [call: string, allow: string, keys: object, opens: readonly string[]]>([
    ['getpid()', '@identity', {}, []],
    ['epoll_create1(0)', '@events', {}, []],
    ['accept4(0, 0, 0, 0)', '@accept', {}, []],
    ['clone(0x1200011)', '@fork', {}, []],
    ['clone(0x3d0f00, 0x1000)', '@threads', {}, []],
    ['kill(0, SIGTERM)', '@signal-self', {}, []],
    [
      'openat(AT_FDCWD, 1, O_RDWR|O_TRUNC)',
      '@write-files',
      { writable: 'a directory', 'rlimits.fsize': '64MiB' },
      [],
    ],
    ['mkdir(1, 0755)', '@write-files', { writable: 'a directory', 'rlimits.fsize': '64MiB' }, []],
    ['chmod(1, 0644)', '@write-files', {}, []],
    ['chown(1, 33, 33)', 'chown', { capabilities: 'CAP_CHOWN' }, []],
    ['fchown(3, -1, -1)', '@write-files', {}, []],
    [
      'fchown(3, 33, -1)',
      'fchown(user != 0xffffffff || group != 0xffffffff)',
      { capabilities: 'CAP_CHOWN' },
      [],
    ],
    ['ioctl(3, FS_IOC_SETFLAGS, 1)', '@write-files', {}, []],
    ['shmat(3, 0, 0)', 'shmat(shmflg & 0x8000 == 0)', {}, ['System V and POSIX IPC']],
    ['shmat(3, 0, 0x8000)', 'shmat', {}, ['System V and POSIX IPC', 'writable code']],
    ['sethostname(1, 2)', 'sethostname', { capabilities: 'CAP_SYS_ADMIN' }, []],
    ['prctl(PR_SET_CHILD_SUBREAPER, 1)', 'prctl(option == PR_SET_CHILD_SUBREAPER)', {}, []],
    ['adjtimex(1)', '@time', {}, []],
    ['timer_create(CLOCK_MONOTONIC, 1, 1)', '@time', {}, []],
    ['timer_create(0xfffffff2, 1, 1)', 'timer_create(which_clock == 0xfffffff2)', {}, []],
    ['get_mempolicy(0, 0, 0, 0, 0)', '@identity', {}, []],
    ['set_mempolicy(0, 0, 0)', '@self', {}, []],
    ['munlockall()', '@self', {}, []],
    ['prctl(PR_SET_VMA, 0, 4096, 1, 1)', '@self', {}, []],
    ['prctl(PR_SET_THP_DISABLE, 1)', '@self', {}, []],
    ['sched_setaffinity(0, 8, 1)', 'sched_setaffinity(pid == 0)', {}, []],
    ['sched_getaffinity(7, 8, 1)', '@identity', {}, []],
    [
      'socket(AF_INET6, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP)',
      'socket(family in {AF_INET, AF_INET6}, type & 0xf == SOCK_STREAM, protocol in {0, IPPROTO_TCP})',
      {},
      [],
    ],
    [
      'socket(AF_PACKET, SOCK_RAW, 768)',
      'socket(family == AF_PACKET, type & 0xf == SOCK_RAW)',
      { capabilities: 'CAP_NET_RAW' },
      ['socket families', 'names in messages'],
    ],
    ['connect(3, 1, 16)', 'connect', { network: 'host' }, ['the handed socket']],
    ['kill(12, SIGTERM)', 'kill(sig == SIGTERM)', {}, ['signals to other processes']],
    ['fcntl(0, F_SETOWN, 9)', 'fcntl(cmd == F_SETOWN)', {}, ['signals by descriptor']],
    ['flock(3, LOCK_EX)', '@locks', {}, ['locks on files of the host']],
    ['mmap(0, 4096, 7, 0x22)', '@jit', {}, ['writable code']],
    ['ioctl(0, TIOCSTI, 1)', 'ioctl(cmd == TIOCSTI)', {}, ['the terminal']],
    ['setsockopt(0, SOL_SOCKET, SO_REUSEADDR, 1, 4)', '@ftp-data', {}, ['the handed socket']],
    [
      'prlimit64(7, RLIMIT_NOFILE, 1)',
      'prlimit64(resource == RLIMIT_NOFILE)',
      {},
      ['limits and scheduling of other processes'],
    ],
    ['clone(CLONE_NEWUSER|SIGCHLD)', 'clone(clone_flags == (CLONE_NEWUSER|SIGCHLD))', {}, ['namespaces']],
    [
      'sendto(3, 1, 9, 0, 1, 16)',
      'sendto(flags & MSG_FASTOPEN == 0, addr != NULL)',
      {},
      ['the handed socket'],
    ],
    ['chmod(1, 04755)', 'chmod(mode & (S_ISUID|S_ISGID) == S_ISUID)', {}, []],
    ['mknod(1, S_IFIFO|0600)', 'mknod(mode & S_IFMT == S_IFIFO)', { writable: 'a directory' }, []],
  ])('for %s is %s', (call, allow, keys, opens) => {
    const { quiet, allowing } = explain(call);
    expect({ quiet, allowing }).toEqual({ quiet: undefined, allowing: { allow: [allow], keys, opens } });
  });

  test.each([
    ['ioctl(3, TIOCGPTN, 1)', false],
    ['ioctl(3, TIOCSPTLCK, 1)', false],
    ['openat(AT_FDCWD, 1, O_RDWR|O_NOCTTY|O_CLOEXEC)', false],
    ['openat(AT_FDCWD, 1, O_RDWR)', true],
  ])('of a maker of terminals is the group with its key: %s', (call, makesTerminals) => {
    const opens = ['the process group of a session', 'the terminal'];
    const allowing = { allow: ['@terminal'], keys: { terminals: 'true' }, opens };
    expect(explain(call, { around: { makesTerminals } })).toMatchObject({ quiet: undefined, allowing });
    expect(explain(call, { around: { makesTerminals, hasTerminals: true } }).allowing).toEqual({
      ...allowing,
      keys: {},
    });
  });

  test.each(['openat(AT_FDCWD, 1, O_RDWR)', 'openat(AT_FDCWD, 1, O_RDWR|O_CREAT|O_NOCTTY, 0600)'])(
    'of another program is none for terminals: %s',
    (call) => {
      const { allowing } = explain(call);
      expect(allowing?.allow).not.toContain('@terminal');
      expect(allowing?.keys).not.toHaveProperty('terminals');
    },
  );

  test('leaves out the keys that the policy has', () => {
    const open = 'openat(AT_FDCWD, 1, O_RDWR)';
    expect(explain(open, { around: { mayWrite: true, writesNothing: false } }).allowing?.keys).toEqual({});
    expect(explain('connect(3, 1, 16)', { around: { network: 'host' } }).allowing?.keys).toEqual({});
    expect(explain('setuid(3)').allowing?.keys).toEqual({ capabilities: 'CAP_SETUID' });
    expect(explain('setuid(3)', { around: { capabilities: ['CAP_SETUID'] } }).allowing?.keys).toEqual({});
  });

  test('has what a call is of no use without, unless the policy has it', () => {
    const memory = 'memfd_create(flags & ~MFD_CLOEXEC == 0)';
    expect(explain('memfd_create(1, MFD_CLOEXEC)').allowing).toMatchObject({
      allow: [memory, 'ftruncate'],
      keys: { 'rlimits.fsize': '64MiB' },
    });
    const told = explain('ioctl(4, FIOASYNC, 1)').allowing;
    expect(told?.allow).toEqual(['ioctl(cmd == FIOASYNC)', 'fcntl(cmd == F_SETOWN)']);
    expect(told?.opens).toEqual(['signals by descriptor']);
    expect(explain('ioctl(4, FIONREAD, 1)', { rules: [] }).allowing?.allow).toEqual(['@stdio']);
    for (const rules of [['@write-files'], ['ftruncate -> errno(EPERM)']])
      expect(explain('memfd_create(1, 0)', { rules }).allowing?.allow).toEqual([memory]);
  });

  test('of a service of datagrams is the group for answers, and a socket with the network of the host', () => {
    const rest: RestOfPolicy = { exec: 'once', handoff: 'listener', listen: [LISTENER] };
    const ask = (call: string) => explain(call, { around: { rest } });
    const allowing = { allow: ['@datagram'], keys: {}, opens: ['the handed socket'] };
    for (const call of ['sendto(0, 1, 9, 0, 1, 16)', 'sendmsg(0, 1, 0)'])
      expect(ask(call)).toMatchObject({ quiet: undefined, allowing });
    expect(ask('setsockopt(0, IPPROTO_IP, IP_PKTINFO, 1, 4)').allowing).toMatchObject({ opens: [] });
    expect(ask('socket(AF_INET, SOCK_DGRAM, 0)')).toMatchObject({
      quiet: undefined,
      allowing: {
        allow: ['socket(family in {AF_INET, AF_INET6}, type & 0xf == SOCK_DGRAM)'],
        keys: { network: 'host' },
        opens: [],
      },
    });
    expect(ask('bind(3, 1, 16)').allowing).toMatchObject({ allow: ['bind'], keys: { network: 'host' } });
    expect(explain('socket(AF_INET, SOCK_DGRAM, 0)').quiet).toMatchObject({ allow: ['@lookups'] });
  });

  test('has sizes as a policy writes them', () => {
    const keysOf = (call: string) => explain(call).allowing?.keys;
    expect(keysOf('mlock(4096, 4096)')).toEqual({ 'rlimits.memlock': '64KiB' });
    expect(keysOf('mlock2(4096, 70000, 0)')).toEqual({ 'rlimits.memlock': '128KiB' });
    expect(keysOf('mlock(4096, 0xffffffffffffffff)')).toEqual({ 'rlimits.memlock': '1048576KiB' });
    expect(keysOf('mlockall(MCL_CURRENT)')).toEqual({ 'rlimits.memlock': '1GiB' });
  });

  test.each([
    ['setuid(0)', {}],
    ['setresuid(-1, 0, -1)', {}],
    ['setresgid(-1, 4, -1)', { capabilities: 'CAP_SETGID' }],
    ['setregid(0, 4)', { capabilities: 'CAP_SETGID' }],
    ['setgroups(0, 1)', {}],
    ['setgroups(1, 1)', { capabilities: 'CAP_SETGID' }],
  ])('makes nobody root: %s takes %j', (call, keys) => {
    expect(explain(call).allowing).toMatchObject({ allow: ['@change-user'], keys });
  });

  test('has a capability only for another owner', () => {
    expect(explain('fchown(3, -1, -1)').allowing?.keys).toEqual({});
    expect(explain('fchown(3, 4, -1)').allowing?.keys).toEqual({ capabilities: 'CAP_CHOWN' });
  });

  test('is the group of a runtime only for that runtime', () => {
    const call = 'munmap(1, 1)';
    expect(explain(call, { rules: [] }).allowing?.allow).toEqual(['@start']);
    expect(explain(call, { rules: [], around: { program: 'node' } }).allowing?.allow).toEqual(['@node']);
  });

  test('for starting a program is the key, and none where the policy lets programs start', () => {
    expect(explain('execve(1, 1, 1)').allowing).toEqual({ allow: [], keys: { exec: 'allow' }, opens: [] });
    expect(explain('execve(1, 1, 1)', { around: { rest: { exec: 'allow' } } })).toMatchObject({
      answer: { kind: 'allow' },
      allowing: undefined,
    });
    expect(explain('execveat(3, 1, 1, 1, 0)').allowing).toMatchObject({
      allow: ['execveat'],
      keys: { exec: 'allow' },
      opens: ['exec by descriptor'],
    });
  });

  test('for a signal by number is the key that keeps it within the session', () => {
    const best = { rest: { exec: 'once', landlock: 'best-effort' } } as const;
    const call = 'tgkill(7, 8, SIGURG)';
    expect(explain(call, { around: best }).allowing).toEqual({
      allow: ['@threads'],
      keys: { landlock: 'required' },
      opens: [],
    });
    expect(explain(call, { rules: [...RULES, '@threads'], around: best }).allowing).toMatchObject({
      allow: [],
      keys: { landlock: 'required' },
    });
    const required = { rest: { exec: 'once', landlock: 'required' } } as const;
    expect(explain(call, { around: required }).allowing).toMatchObject({ allow: ['@threads'], keys: {} });
  });

  test('names a boundary that only the whole policy opens', () => {
    const udp = 'socket(AF_INET, SOCK_DGRAM, 0)';
    expect(explain(udp).allowing?.opens).toEqual(['names in messages']);
    expect(explain(udp, { rules: ['@start', '@stdio'] }).allowing?.opens).toEqual([]);
  });
});

describe('an answer after which programs go on', () => {
  test('is proposed for the look-ups of the C library, beside the line that lets them happen', () => {
    const { quiet, allowing } = explain('socket(AF_UNIX, SOCK_DGRAM|SOCK_CLOEXEC, 0)');
    const lines = lineRules(quiet?.allow[0] ?? '', policyOf([]), 'x86_64', {});
    expect(quiet).toEqual({ allow: [expect.any(String)], keys: {}, opens: [] });
    expect(lines[0]).toMatchObject({ call: 'socket', action: { kind: 'errno', errno: 13 } });
    expect(allowing).toMatchObject({ allow: ['socket(family == AF_UNIX, type & 0xf == SOCK_DGRAM)'] });
    expect(explain('socket(AF_NETLINK, SOCK_RAW, 0)').quiet?.allow).toEqual(quiet?.allow);
  });

  test('takes no socket away that the policy allows', () => {
    const rules = [...RULES, 'socket(family == AF_UNIX, type & 0xf == SOCK_STREAM)'];
    expect(explain('socket(AF_UNIX, SOCK_DGRAM, 0)', { rules }).quiet?.allow).toEqual([
      'socket(family == AF_UNIX, type & 0xf == 2) -> errno(EACCES)',
    ]);
    expect(explain('connect(3, 1, 110)', { rules }).quiet?.allow).toEqual([
      'connect(addrlen == 110) -> errno(ENOENT)',
    ]);
  });
});

describe('a pair for datagrams', () => {
  test('is answered, because it reaches every socket of the host beside messages', () => {
    const { quiet, allowing } = explain('socketpair(AF_UNIX, SOCK_DGRAM|SOCK_CLOEXEC)');
    const line = 'socketpair(family == AF_UNIX, type & 0xf == SOCK_DGRAM)';
    expect(quiet).toEqual({ allow: [`${line} -> errno(EOPNOTSUPP)`], keys: {}, opens: [] });
    expect(allowing).toEqual({ allow: [line], keys: {}, opens: ['names in messages'] });
  });

  test('leaves pairs of streams alone', () => {
    const line = explain('socketpair(AF_UNIX, SOCK_DGRAM)').quiet?.allow[0] ?? '';
    expect(explain('socketpair(AF_UNIX, SOCK_STREAM)', { rules: [...RULES, line] })).toMatchObject({
      allowing: { allow: ['@fork'], opens: [] },
      quiet: undefined,
    });
  });
});

describe('what the kernel refuses an ordinary user', () => {
  const ordinary = { rest: { exec: 'once', user: 61021 } } as const;

  test.each([
    ['setgroups(1, 1)', '@change-user', 'CAP_SETGID'],
    ['setuid(3)', '@change-user', 'CAP_SETUID'],
    ['chroot(1)', '@change-user', 'CAP_SYS_CHROOT'],
    ['chown(1, 4, 4)', 'chown', 'CAP_CHOWN'],
    ['mount(1, 1, 1, 0, 1)', 'mount', 'CAP_SYS_ADMIN'],
  ])('%s is refused, and happens with the capability', (call, line, capability) => {
    const { quiet, allowing } = explain(call, { around: ordinary });
    expect(quiet).toEqual({ allow: [line], keys: {}, opens: [] });
    expect(allowing).toEqual({ allow: [line], keys: { capabilities: capability }, opens: [] });
    expect(explanationData(explain(call, { around: ordinary }))).toMatchObject({
      keys: {},
      otherwise: { keys: { capabilities: capability } },
    });
  });

  test.each(['root', 0])('is what a service needs that starts as %s', (user) => {
    const around = { rest: { exec: 'once', user } } as const;
    expect(explain('setgroups(1, 1)', { around })).toMatchObject({
      quiet: undefined,
      allowing: { keys: { capabilities: 'CAP_SETGID' } },
    });
  });

  test('is what a service needs that changes its user by another capability', () => {
    const around = { ...ordinary, capabilities: ['CAP_SETUID'] };
    expect(explain('setgroups(1, 1)', { around }).quiet).toBeUndefined();
    expect(explain('chown(1, 4, 4)', { around }).quiet?.keys).toEqual({});
  });

  test('is no reason to open a boundary for nothing', () => {
    const { quiet, allowing } = explain('socket(AF_PACKET, SOCK_RAW, 768)', { around: ordinary });
    expect(quiet).toBeUndefined();
    expect(allowing?.keys).toEqual({ capabilities: 'CAP_NET_RAW' });
  });

  test('is locked memory too, for every user', () => {
    const { quiet, allowing } = explain('mlock(4096, 4096)');
    expect(quiet).toEqual({ allow: ['@self'], keys: {}, opens: [] });
    expect(allowing?.keys).toEqual({ 'rlimits.memlock': '64KiB' });
  });
});

describe('the lines that have a call', () => {
  const failed = (call: string, rules: readonly string[] = RULES): readonly string[] =>
    explain(call, { rules }).rules.map(({ source, rule, failed: why }) => `${source?.line} ${rule} ${why}`);

  test.each<readonly [call: string, lines: readonly string[]]>([
    ['getpid()', []],
    [
      'openat(AT_FDCWD, 1, O_RDWR)',
      ['1 @start has openat only for reading', '3 @read-files has openat only for reading'],
    ],
    ['prlimit64(0, 1, 1)', ['1 @start has prlimit64 only for reading limits']],
    ['prlimit64(7, 1)', ['1 @start has prlimit64 only for the process itself']],
    ['mmap(0, 1, 7, 0x22)', ['1 @start has mmap only for memory that is not writable and executable']],
    ['mprotect(0, 1, 5)', ['1 @start has mprotect only for memory that is not executable']],
    ['sendto(3, 1, 1, 0, 1)', ['4 @socket has sendto only without an address']],
    ['sendmsg(3, 1, MSG_FASTOPEN)', ['4 @socket has sendmsg only without MSG_FASTOPEN']],
    [
      'ioctl(0, TIOCSTI)',
      [
        '2 @stdio has ioctl only with cmd in {FIOCLEX, FIONCLEX, FIONBIO, FIONREAD, TCGETS, TIOCGWINSZ}',
        '3 @read-files has ioctl only with cmd == FS_IOC_GETFLAGS',
      ],
    ],
    [
      'setsockopt(0, 1, 2)',
      ['4 @socket has setsockopt but not with level == SOL_SOCKET, optname == SO_REUSEADDR'],
    ],
  ])('of %s', (call, lines) => {
    expect(failed(call)).toEqual(lines);
  });

  test('are its own rules as well', () => {
    expect(failed('write(3, 1, 1)', ['write(fd in {1, 2})'])).toEqual([
      '1 write(fd in {1, 2}) is only with fd in {1, 2}',
    ]);
  });

  test('are those of groups that the policy defines, at their own places', () => {
    const member = { text: 'write(fd == 1)', span: { file: 'p.yaml', line: 9, column: 5, length: 14 } };
    const seccomp = { ...policyOf(['@mine']), groups: new Map([['@mine', [member]]]) };
    const { rules } = explainCall(
      { seccomp, architecture: 'x86_64', around: AROUND },
      { nr: 1, args: [3n, 0n, 0n, 0n, 0n, 0n] },
    );
    expect(rules).toMatchObject([{ source: { line: 9 }, failed: 'is only with fd == 1' }]);
  });

  test('that deny a call leave nothing to add', () => {
    const { allowing, rules } = explain('write(1, 1, 1)', {
      rules: ['@stdio', 'write(fd == 1) -> errno(EPERM)'],
    });
    expect(allowing).toBeUndefined();
    expect(rules).toMatchObject([{ denies: false }, { failed: 'answers errno(EPERM)', denies: true }]);
  });

  test('are the default ones, which a policy writes down beside others', () => {
    const explanation = explain('getpid()', { isDefault: true });
    expect(explanationText(explanation)).toBe(
      'no default rule has getpid; to allow it: seccomp.rules: ["@start", "@stdio", "@read-files", "@socket", "@identity"]',
    );
    expect(explanationData(explanation)).toMatchObject({ allow: ['@identity'], default_rules: RULES });
  });
});

describe('a call without its arguments', () => {
  test('is allowed where no argument matters', () => {
    expect(explain('statfs')).toMatchObject({ answer: { kind: 'allow' }, allowing: undefined });
  });

  test('has the group that lacks, where it is the only one', () => {
    expect(explain('mkdir').allowing?.allow).toEqual(['@write-files']);
    expect(explain('chmod').allowing?.allow).toEqual(['@write-files']);
  });

  test('has no line where the arguments say which', () => {
    const explanation = explain('clone');
    expect(explanation).toMatchObject({ allowing: undefined, groups: ['@fork', '@threads'] });
    expect(explanationText(explanation)).toBe(
      'no rule has clone; it is in @fork, @threads, and only its arguments say which of them would let it through',
    );
    expect(explain('ioctl').allowing).toBeUndefined();
  });
});

test('a call that no rule can judge is said to fall back', () => {
  expect(explanationText(explain('clone3(1, 88)'))).toContain('clone3 answers ENOSYS');
  expect(explain('clone3(1, 88)').allowing).toBeUndefined();
});

test('a person reads one line', () => {
  expect(
    explanationText(
      explain('openat(AT_FDCWD, 1, O_RDWR|O_CREAT, 0600)', { around: { writesNothing: false } }),
    ),
  ).toBe(
    'p.yaml:3 @read-files has openat only for reading; to allow it: "@write-files", and a directory in writable',
  );
  expect(explanationText(explain('kill(7, SIGTERM)'))).toBe(
    'no rule has kill; to allow it: "kill(sig == SIGTERM)"; this opens signals to other processes',
  );
});

test('every number has an explanation in one line, whatever the registers hold', () => {
  const register = fc.oneof(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.bigInt({ min: 0n, max: 200n }));
  fc.assert(
    fc.property(
      fc.constantFrom('x86_64' as const, 'aarch64' as const),
      fc.oneof(fc.nat({ max: 480 }), fc.integer({ min: 0, max: 0xffff_ffff })),
      fc.option(fc.tuple(register, register, register, register, register, register), { nil: undefined }),
      fc.subarray(['@start', '@stdio', '@socket', '@threads', 'kill -> errno(EPERM)']),
      (architecture, nr, args, rules) => {
        const explanation = explainCall(
          { seccomp: policyOf(rules), architecture, around: AROUND },
          { nr, args },
        );
        expect(explanationText(explanation)).toMatch(/^[^\n]+$/);
        expect(JSON.parse(JSON.stringify(explanationData(explanation)))).toMatchObject({
          call_name: explanation.call,
        });
      },
    ),
    { numRuns: 300 },
  );
});
