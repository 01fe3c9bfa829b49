import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { RLIMIT_NAMES, RLIMITS } from '../../src/kernel/rlimits.ts';
import { ask, buildService, PROBE_UID, serveBuiltProbes, serveProbes } from '../support/probe-program.ts';
import { ORDINARY_UID, prepareGround, testAttacks } from './support/ground.ts';

const ground = prepareGround();

/** The lines of /proc/self/status, read from the inside. */
function statusLines(answer: string): ReadonlyMap<string, string> {
  return new Map(
    answer.split(';').map((line) => {
      const [name = '', ...rest] = line.split(':');
      return [name, rest.join(':').trim()] as const;
    }),
  );
}

/** What /proc says of a process that its caller could have decided. */
const CALLERS: readonly string[] = [
  ...['Uid', 'Gid', 'Groups', 'CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'],
  ...['Cpus_allowed', 'SigIgn', 'SigBlk', 'Umask'],
];

const NO_CAPABILITY = '0000000000000000';

testAttacks('becoming root again', ground, [
  {
    request: 'become-root',
    bareRoot: 'user done, group done',
    open: 'user EPERM, group EPERM',
    confined: 'user EPERM, group EPERM',
    // The number of root is no number in its user namespace.
    unprivileged: 'user EINVAL, group EINVAL',
  },
]);

describe('what a session starts with', () => {
  test.each(['open', 'confined', 'unprivileged'] as const)('no identity but its own: %s', async (place) => {
    const uid = place === 'unprivileged' ? ORDINARY_UID : PROBE_UID;
    const status = statusLines(await ground()[place].attempt('show-status'));
    const four = new Array(4).fill(uid).join('\t');
    expect(Object.fromEntries(status)).toMatchObject({
      Uid: four,
      Gid: four,
      Groups: '',
      CapInh: NO_CAPABILITY,
      CapPrm: NO_CAPABILITY,
      CapEff: NO_CAPABILITY,
      CapBnd: NO_CAPABILITY,
      CapAmb: NO_CAPABILITY,
      NoNewPrivs: '1',
      Seccomp: '2',
      // Without page 0 a session loads one of its own over the gate's.
      Seccomp_filters: place === 'confined' ? '1' : '2',
      Umask: '0077',
    });
  });

  test('descriptors 0, 1 and 2; inetd leaves more', async () => {
    expect(await ground().confined.attempt('show-descriptors')).toBe('0=socket 1=socket 2=pipe');
    expect(await ground().unprivileged.attempt('show-descriptors')).toBe('0=socket 1=socket 2=pipe');
    expect(await ground().bare.attempt('show-descriptors')).toContain('3=socket');
  });

  test('standard error goes where the policy says', async () => {
    const { folder, program } = ground();
    for (const [stderr, kind] of [
      ['null', 'device'],
      ['socket', 'socket'],
    ]) {
      await using service = await serveProbes(folder, program, { lines: [`stderr: ${stderr}`] });
      expect(await service.attempt('show-descriptors')).toBe(`0=socket 1=socket 2=${kind}`);
    }
  });

  test('the environment as it is documented, and nothing of the caller', async () => {
    const { port } = ground().confined;
    const { text, from } = await ask(port, 'show-environment');
    expect(text.split('\n')).toEqual([
      'PATH=/usr/local/bin:/usr/bin:/bin',
      'PROTO=TCP',
      'TCPREMOTEIP=127.0.0.1',
      `TCPREMOTEPORT=${from}`,
      'TCPLOCALIP=127.0.0.1',
      `TCPLOCALPORT=${port}`,
      'REMOTE_ADDR=127.0.0.1',
      `REMOTE_PORT=${from}`,
    ]);
  });

  test('what the policy passes and sets', async () => {
    const { folder, program } = ground();
    await using service = await serveProbes(folder, program, {
      lines: ['environment: { pass: [PATH, ABSENT], set: { LANG: C } }', 'directory: /usr', 'umask: "0027"'],
    });
    const environment = (await service.attempt('show-environment')).split('\n');
    expect(environment).toContain('LANG=C');
    expect(environment.filter((line) => line.startsWith('ABSENT'))).toEqual([]);
    expect(await service.attempt('show-directory')).toBe('/usr');
    expect(statusLines(await service.attempt('show-status')).get('Umask')).toBe('0027');
  });

  test('supplementary groups are those of the policy', async () => {
    const { folder, program } = ground();
    await using service = await serveProbes(folder, program, { lines: ['groups: [61400, 61310]'] });
    expect(statusLines(await service.attempt('show-status')).get('Groups')).toBe('61310 61400');
  });

  test('a granted capability, and no other', async () => {
    const { folder, program } = ground();
    await using service = await serveProbes(folder, program, { lines: ['capabilities: [net_bind_service]'] });
    const status = statusLines(await service.attempt('show-status'));
    const only = '0000000000000400';
    expect(Object.fromEntries(status)).toMatchObject({
      CapInh: only,
      CapPrm: only,
      CapEff: only,
      CapAmb: only,
      CapBnd: NO_CAPABILITY,
      Uid: new Array(4).fill(PROBE_UID).join('\t'),
    });
  });
});

describe('limits', () => {
  test('each of the sixteen is the one of the policy', async () => {
    const { folder, program } = ground();
    const wanted: Readonly<Record<(typeof RLIMIT_NAMES)[number], readonly [text: string, value: string]>> = {
      cpu: ['7s', '7:7'],
      fsize: ['4096:8192', '4096:8192'],
      data: ['65MiB', '68157440:68157440'],
      stack: ['1MiB:2MiB', '1048576:2097152'],
      core: ['0', '0:0'],
      rss: ['32MiB', '33554432:33554432'],
      nproc: ['77:99', '77:99'],
      nofile: ['9:17', '9:17'],
      memlock: ['4096', '4096:4096'],
      as: ['70MiB', '73400320:73400320'],
      locks: ['3', '3:3'],
      sigpending: ['5', '5:5'],
      msgqueue: ['100', '100:100'],
      nice: ['0', '0:0'],
      rtprio: ['0', '0:0'],
      rttime: ['100ms', '100000:100000'],
    };
    const lines = RLIMIT_NAMES.map((name) => `  ${name}: "${wanted[name][0]}"`);
    await using service = await serveProbes(folder, program, { lines: ['rlimits:', ...lines] });
    const found = (await service.attempt('show-limits')).split(' ');
    const byName = Object.fromEntries(RLIMIT_NAMES.map((name) => [name, found[Number(RLIMITS[name])]]));
    expect(byName).toEqual(Object.fromEntries(RLIMIT_NAMES.map((name) => [name, wanted[name][1]])));
  });
});

describe('what the caller had is gone', () => {
  test('ignored and blocked signals, niceness, scheduling class, affinity, personality', async () => {
    const { folder, program } = ground();
    const spoil =
      'trap "" HUP INT QUIT PIPE USR1 CHLD; umask 0; ulimit -c unlimited; exec 7</ 8</dev/null 9>&1; exec "$@"';
    const prefix = [
      ...['sh', '-c', spoil, 'sh', 'setarch', '-R', 'nice', '-n', '5', 'taskset', '1'],
      ...['setpriv', '--groups', '4,24', '--inh-caps', '+net_raw', '--ambient-caps', '+net_raw'],
      ...['env', 'TCPREMOTEIP=192.0.2.1', 'SECRET=x'],
    ];
    const policy = { lines: ['rlimits: { fsize: 64MiB }'] };
    const services = await Promise.all([
      serveProbes(folder, program, policy, { prefix }),
      serveBuiltProbes(folder, program, policy, { prefix }),
    ]);
    const [served] = services;
    const { confined } = ground();
    const untouched = statusLines(await confined.attempt('show-status'));
    try {
      for (const service of services) {
        expect(await service.attempt('show-signals')).toBe('0 ignored, 0 blocked');
        expect(await service.attempt('show-descriptors')).toBe('0=socket 1=socket 2=pipe');
        // An executable does not take the capability that gives a niceness back; a caller gains nothing by it.
        const nice = service === served ? 0 : 5;
        expect(await service.attempt('show-scheduling')).toBe(`nice ${nice}, class 0, personality 00000000`);
        expect(await service.attempt('show-limits')).toBe(await confined.attempt('show-limits'));
        expect(await service.attempt('show-directory')).toBe('/');
        const environment = await service.attempt('show-environment');
        expect(environment).toContain('TCPREMOTEIP=127.0.0.1');
        expect(environment.split('\n')).toHaveLength(8);
        const status = statusLines(await service.attempt('show-status'));
        for (const name of CALLERS) expect(status.get(name), name).toBe(untouched.get(name));
      }
    } finally {
      for (const service of services) await service[Symbol.asyncDispose]();
    }
  });

  test.each([
    ['batch', ['chrt', '--batch', '0'], 'nice 0, class 0', 'nice 0, class 0'],
    ['real-time', ['chrt', '--fifo', '5'], 'nice 0, class 0', 'nice 0, class 0'],
    [
      'real-time until a fork',
      ['chrt', '--reset-on-fork', '--rr', '5'],
      'nice 0, class 0',
      'nice 0, class 0',
    ],
    // Who has been made less important, and may not undo it, stays so. A session has its part of a busy machine (sched(7), autogroup).
    ['idle', ['setsid', 'chrt', '--idle', '0'], 'nice 0, class 0', 'nice 0, class 5'],
    [
      'idle, nice, with idle input and output, on one processor',
      ['setsid', 'nice', '-n', '7', 'chrt', '--idle', '0', 'ionice', '-c', '3', 'taskset', '1'],
      'nice 0, class 0',
      'nice 7, class 5',
    ],
  ])('a priority: %s', async (_, prefix, byRoot, byOthers) => {
    const { folder, program } = ground();
    const ordinary = [`user: ${ORDINARY_UID}`, `group: ${ORDINARY_UID}`];
    const become = ['setpriv', `--reuid=${ORDINARY_UID}`, `--regid=${ORDINARY_UID}`, '--clear-groups'];
    const unprivileged = { prefix: [...prefix, ...become], args: ['--unprivileged'] };
    const services = await Promise.all([
      serveProbes(folder, program, {}, { prefix }),
      serveBuiltProbes(folder, program, {}, { prefix }),
      serveProbes(folder, program, { lines: ordinary }, unprivileged),
      serveBuiltProbes(folder, program, { lines: ordinary }, unprivileged),
    ]);
    const found = await Promise.all(services.map((service) => service.attempt('show-scheduling')));
    for (const service of services) await service[Symbol.asyncDispose]();
    expect(found).toEqual(
      [byRoot, byOthers, byOthers, byOthers].map((wanted) => `${wanted}, personality 00000000`),
    );
  });

  test('a standard descriptor that is closed is taken by nothing of the gate', async () => {
    const { folder, program } = ground();
    await using service = await serveBuiltProbes(
      folder,
      program,
      {},
      { prefix: ['sh', '-c', 'exec "$0" <&-'] },
    );
    expect(await service.attempt('show-descriptors')).toBe('0=socket 1=socket 2=pipe');
    // Without a place for its events or its problems it does not start.
    const { executable } = await buildService(folder, program);
    for (const closed of ['>&-', '2>&-'])
      expect(spawnSync('sh', ['-c', `exec "$0" ${closed}`, executable]).status).toBe(125);
  });
});
