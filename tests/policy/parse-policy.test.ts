import { describe, expect, test } from 'vitest';
import { RLIM_INFINITY } from '../../src/kernel/rlimits.ts';
import { type ParsedPolicy, parsePolicy } from '../../src/policy/parse-policy.ts';
import type { Policy } from '../../src/policy/policy.ts';

const LEAST = 'portcullis: 1\nservice: echo\nlisten: tcp://[::]:7\nrun: [/bin/cat]\n';

function parse(more = ''): ParsedPolicy {
  return parsePolicy(LEAST + more, 'echo.yaml');
}

function policyOf(more = ''): Policy {
  const { policy, diagnostics } = parse(more);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  if (policy === undefined) throw new Error('no policy');
  return policy;
}

describe('defaults', () => {
  test('everything that is left out is minimal', () => {
    const { spans, rlimits, ...policy } = policyOf();
    expect(policy).toEqual({
      file: 'echo.yaml',
      service: 'echo',
      description: undefined,
      listen: [
        { kind: 'tcp', text: 'tcp://[::]:7', family: 'inet6', address: '::', port: 7, dualStack: true },
      ],
      run: ['/bin/cat'],
      handoff: 'connection',
      amplification: 1,
      listenFds: false,
      user: 'nobody',
      group: undefined,
      groups: [],
      reason: undefined,
      accept: new Map(),
      capabilities: [],
      umask: 0o77,
      environment: { pass: [], set: new Map(), peer: true },
      directory: '/',
      stderr: 'log',
      exec: 'once',
      root: undefined,
      writable: [],
      writeAndRun: [],
      terminals: false,
      network: 'none',
      processes: 'own',
      landlock: 'required',
      limits: {
        sessions: 64,
        perSource: undefined,
        rate: undefined,
        burst: 20,
        totalRate: undefined,
        totalBurst: 50,
        datagrams: { intervalNs: 10e6 },
        penalties: undefined,
        timeMs: 600_000,
        clientGoneMs: undefined,
        firstByteMs: undefined,
        idleMs: undefined,
        signal: 'SIGTERM',
        graceMs: 2000,
        drainMs: 10_000,
      },
      seccomp: {
        default: { text: 'kill_process', span: undefined },
        kernel: undefined,
        rules: ['@service'].map((text) => ({ text, span: undefined })),
        groups: new Map(),
        span: undefined,
      },
    });
    expect(spans.get('listen.0')).toEqual({ file: 'echo.yaml', line: 3, column: 9, length: 12 });
    expect(rlimits).toEqual({
      cpu: { soft: 60n, hard: 60n },
      fsize: { soft: 0n, hard: 0n },
      data: { soft: 256n << 20n, hard: 256n << 20n },
      stack: { soft: 8n << 20n, hard: 8n << 20n },
      core: { soft: 1n, hard: 1n },
      rss: { soft: RLIM_INFINITY, hard: RLIM_INFINITY },
      nproc: { soft: 256n, hard: 256n },
      nofile: { soft: 64n, hard: 64n },
      memlock: { soft: 0n, hard: 0n },
      as: { soft: 1n << 30n, hard: 1n << 30n },
      locks: { soft: RLIM_INFINITY, hard: RLIM_INFINITY },
      sigpending: { soft: 64n, hard: 64n },
      msgqueue: { soft: 0n, hard: 0n },
      nice: { soft: 0n, hard: 0n },
      rtprio: { soft: 0n, hard: 0n },
      rttime: { soft: 200_000n, hard: 200_000n },
    });
  });
});

describe('the size of a file, where no limit is written', () => {
  const limit = (text: string) =>
    parsePolicy(text, 'x.yaml', { requireListen: false }).policy?.rlimits.fsize.hard;
  const wrapped = LEAST.replace(/listen: .*\n/, '');

  test.each([
    ['of a service: none may grow', LEAST, 0n],
    ['of a wrapped program: those of its caller may', wrapped, RLIM_INFINITY],
    ['of one that may write to others', `${wrapped}writable: [/tmp]\n`, 0n],
    ['of one that may write and run others', `${wrapped}write-and-run: [/tmp]\n`, 0n],
    ['of one that Landlock might not stop', `${wrapped}landlock: best-effort\n`, 0n],
    ['of one with another limit', `${wrapped}rlimits: { nofile: 8 }\n`, RLIM_INFINITY],
  ])('%s', (_, text, expected) => expect(limit(text)).toBe(expected));

  test('a limit that is written counts', () => {
    expect(limit(`${wrapped}rlimits: { fsize: 0 }\n`)).toBe(0n);
  });
});

describe('values', () => {
  test.each([
    ['cpu: 2m', 'cpu', 120n, 120n],
    ['cpu: 7', 'cpu', 7n, 7n],
    ['as: 64MiB', 'as', 64n << 20n, 64n << 20n],
    ['as: 1kB', 'as', 1000n, 1000n],
    ['as: unlimited', 'as', RLIM_INFINITY, RLIM_INFINITY],
    ['as: "1MiB:unlimited"', 'as', 1n << 20n, RLIM_INFINITY],
    ['nofile: { soft: 16, hard: 32 }', 'nofile', 16n, 32n],
    ['as: 18446744073709551614', 'as', RLIM_INFINITY - 1n, RLIM_INFINITY - 1n],
    ['rttime: 500us', 'rttime', 500n, 500n],
  ] as const)('rlimit %s', (text, name, soft, hard) => {
    expect(policyOf(`rlimits: { ${text} }\n`).rlimits[name]).toEqual({ soft, hard });
  });

  test.each([
    ['0077', 0o77],
    ['"022"', 0o22],
    ['0o27', 0o27],
    ['777', 0o777],
  ])('umask %s is octal', (text, mask) => {
    expect(policyOf(`umask: ${text}\n`).umask).toBe(mask);
  });

  test.each([['6.10'], ['"6.10"']])('kernel %s keeps its last digit', (text) => {
    expect(policyOf(`seccomp: { kernel: ${text} }\n`).seccomp.kernel?.text).toBe('6.10');
  });

  test('problems of all rules together point to the list of rules, or to the filter', () => {
    expect(policyOf('seccomp:\n  rules: [read]\n').seccomp.span).toMatchObject({
      line: 6,
      column: 3,
      length: 5,
    });
    expect(policyOf('seccomp:\n  kernel: 6.1\n').seccomp.span).toMatchObject({
      line: 5,
      column: 1,
      length: 7,
    });
  });

  test('stderr: null is the word', () => {
    expect(policyOf('stderr: null\n').stderr).toBe('null');
  });

  test('capabilities with and without prefix, in any case', () => {
    expect(policyOf('capabilities: [kill, CAP_NET_RAW]\n').capabilities).toEqual(['CAP_KILL', 'CAP_NET_RAW']);
  });

  test('an idle time only where a session has no other end', () => {
    const idleOf = (text: string): number | undefined => policyOf(text).limits.idleMs;
    expect(idleOf('')).toBe(undefined);
    const peer = `${LEAST.replace('tcp', 'udp')}handoff: peer\n`;
    const idleOfPeer = (more: string): number | undefined =>
      parsePolicy(peer + more, 'echo.yaml').policy?.limits.idleMs;
    expect(idleOfPeer('')).toBe(60_000);
    expect(idleOfPeer('limits: { idle: 5s, sessions: 3 }\n')).toBe(5000);
    expect(idleOfPeer('limits: { sessions: 3 }\n')).toBe(60_000);
  });

  test('limits', () => {
    expect(
      policyOf(
        'limits: { sessions: 8, per-source: 2, rate: 600/m, time: unlimited, client-gone: 5s, signal: SIGINT, grace: 0, drain: 500ms }\n',
      ).limits,
    ).toEqual({
      sessions: 8,
      perSource: 2,
      rate: { intervalNs: 100e6 },
      burst: 20,
      totalRate: undefined,
      totalBurst: 50,
      datagrams: { intervalNs: 10e6 },
      penalties: undefined,
      timeMs: undefined,
      clientGoneMs: 5000,
      firstByteMs: undefined,
      idleMs: undefined,
      signal: 'SIGINT',
      graceMs: 0,
      drainMs: 500,
    });
    const penalties = {
      causes: [{ cause: 'status', status: 77, ms: 10_000 }],
      leastMs: 1000,
      mostMs: 600_000,
    };
    for (const text of ['{ status-77: 10s, min: 1s }', '"status-77=10s,min=1s"'])
      expect(policyOf(`limits: { penalties: ${text} }\n`).limits.penalties).toEqual(penalties);
    expect(policyOf("limits: { grace: '0', client-gone: unlimited }\n").limits).toMatchObject({
      clientGoneMs: undefined,
      firstByteMs: undefined,
      idleMs: undefined,
      graceMs: 0,
    });
  });

  test('addresses of each kind', () => {
    const text = LEAST.replace('tcp://[::]:7', '["tcp6://[::]:7", tcp4://0.0.0.0:7, "tcp://[0:0::1]:8"]');
    expect(parsePolicy(text, 'a').policy?.listen).toMatchObject([
      { family: 'inet6', address: '::', dualStack: false },
      { family: 'inet', address: '0.0.0.0', dualStack: false },
      { family: 'inet6', address: '::1', dualStack: false },
    ]);
  });

  test('a policy without listen only where it may', () => {
    const text = LEAST.replace('listen: tcp://[::]:7\n', '');
    expect(parsePolicy(text, 'a').diagnostics.map(({ code }) => code)).toEqual(['listen-missing']);
    expect(parsePolicy(text, 'a', { requireListen: false }).policy?.listen).toEqual([]);
  });
});

describe('places of rules', () => {
  test('inside the quotes, exactly the text', () => {
    const { seccomp } = policyOf(
      'seccomp:\n  rules:\n    - read\n    - "@start"\n    - \'write(fd in {1, 2})\'\n',
    );
    expect(seccomp.rules.map(({ span }) => [span?.line, span?.column, span?.length])).toEqual([
      [7, 7, 4],
      [8, 8, 6],
      [9, 8, 19],
    ]);
  });

  test('with escapes or over several lines only the start', () => {
    const { seccomp } = policyOf(
      'seccomp:\n  rules:\n    - "re\\x61d"\n    - |-\n      write\n    - read\n      | x\n',
    );
    for (const { text, span } of seccomp.rules) expect(span?.length).not.toBe(text.length);
    expect(seccomp.rules.map(({ text }) => text)).toEqual(['read', 'write', 'read | x']);
  });
});

test('all problems in one run, in the order of the file', () => {
  const { policy, diagnostics } = parsePolicy(
    'portcullis: 2\nservce: x\nlisten: [tcp://x:1, foo://1.2.3.4:5]\nrun: /bin/cat -n\numask: 0099\nrlimits: { cpu: 500ms, nofil: 3 }\n',
    'x.yaml',
  );
  expect(policy).toBeUndefined();
  expect(diagnostics.map(({ code, span }) => [code, span?.line, span?.column, span?.length])).toEqual([
    ['missing-key', 1, 1, 1],
    ['unknown-value', 1, 13, 1],
    ['unknown-key', 2, 1, 6],
    ['listen-address', 3, 10, 9],
    ['listen-address', 3, 21, 15],
    ['wrong-type', 4, 6, 11],
    ['umask-octal', 5, 8, 4],
    ['rlimit-unit', 6, 17, 5],
    ['unknown-key', 6, 24, 5],
  ]);
});

test('a warning does not forbid the policy', () => {
  const { policy, diagnostics } = parse('capabilities: [SYS_ADMIN]\n');
  expect(policy).toBeDefined();
  expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
    ['capability-power', 'warning'],
  ]);
});

/** The opposites of golden files about `handoff: peer`: the same keys where they fit. */
test.each([
  ['listen: udp://:53\nhandoff: peer\n'],
  ['listen: [udp4://127.0.0.1:53, "udp6://[::1]:53"]\nhandoff: peer\namplification: 100\n'],
  ['listen: udp://:53\nhandoff: peer\nlimits: { datagrams: 20/s, idle: 5s, sessions: 4, per-source: 2 }\n'],
  [
    'listen: { address: "udp://:53", device: lo, receive-buffer: 64KiB }\nhandoff: peer\nallow: [192.0.2.0/24, "::/0"]\n',
  ],
  ['listen: unix-dgram:/run/x/socket\nhandoff: listener\nlisten-fds: true\n'],
  [
    'listen: tcp://:53\nlimits: { first-byte: 5s, idle: unlimited, client-gone: 5s, penalties: { crash: 90s } }\n',
  ],
])('nothing is wrong with %j', (keys) => {
  const { diagnostics } = parsePolicy(`portcullis: 1\nservice: x\nrun: [/bin/x]\n${keys}`, 'x.yaml');
  expect(diagnostics.filter(({ severity }) => severity !== 'note')).toEqual([]);
});
