import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  COVERED_DIRECTORIES,
  COVERED_FILES,
  FIRST_DIRECTORY,
  FIRST_FILE,
} from '../../src/plan/steps/host-processes.ts';
import {
  BareService,
  buildProbes,
  OWN_GROUPS,
  PROBE_UID,
  type ProbedService,
  type ProbePolicy,
  serveBuiltProbes,
  serveProbes,
} from '../support/probe-program.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

const ORDINARY_UID = freeUser();
const LINES = ['processes: host', 'reason: it reports the processes of the host'];
/** What is not the filter's, by all that the kernel has. */
const ANY_CALL: ProbePolicy = { default: 'allow', rules: ['getpid'] };

/** What /proc has beside processes on kernels that we know, and agents read. Everything else has to be covered. */
const SHOWN = new Set(
  [
    'buddyinfo cgroups cmdline config.gz consoles cpuinfo crypto devices diskstats dma execdomains fb filesystems',
    'loadavg locks mdstat meminfo misc mounts net partitions pressure schedstat self softirqs stat swaps sysvipc',
    'thread-self tty uptime version version_signature vmstat zoneinfo',
  ].flatMap((line) => line.split(' ')),
);

type Place = 'bare' | 'bareRoot' | 'own' | 'open' | 'confined' | 'built' | 'unprivileged';

const folder = new TestFolder();
const services: Partial<Record<Place, BareService | ProbedService>> = {};
const targets: ChildProcess[] = [];

/** The answer of a probe about a process of the host that has the user of the service and a secret in its environment. */
async function attempt(place: Place, probe: string): Promise<string> {
  const target = targets[place === 'unprivileged' ? 1 : 0]?.pid;
  const answer = await services[place]?.attempt(`${probe} ${target}`);
  return String(answer).replaceAll('\n', ', ');
}

/** One answer for all parts, or each by its name. */
const all = (names: string, answer: string): string =>
  names
    .split(' ')
    .map((name) => `${name} ${answer}`)
    .join(', ');

beforeAll(async () => {
  const program = buildProbes(folder);
  const ofGroup = ['setpriv', '--regid', String(PROBE_UID), '--clear-groups'];
  const ordinary = [...LINES, `user: ${ORDINARY_UID}`, `group: ${ORDINARY_UID}`];
  const asOrdinary = { args: ['--unprivileged'], uid: ORDINARY_UID };
  const starting: readonly (readonly [Place, Promise<BareService | ProbedService>])[] = [
    ['bare', BareService.start(program, PROBE_UID, ofGroup)],
    ['bareRoot', BareService.start(program, 0)],
    ['own', serveProbes(folder, program, ANY_CALL)],
    ['open', serveProbes(folder, program, { ...ANY_CALL, lines: LINES })],
    ['confined', serveProbes(folder, program, { lines: LINES, rules: OWN_GROUPS })],
    ['built', serveBuiltProbes(folder, program, { lines: LINES })],
    ['unprivileged', serveProbes(folder, program, { lines: ordinary }, asOrdinary)],
  ];
  for (const id of [PROBE_UID, ORDINARY_UID])
    targets.push(
      spawn('/bin/sleep', ['1000'], { uid: id, gid: id, env: { SECRET: 'word' }, stdio: 'ignore' }),
    );
  const settled = await Promise.allSettled(starting.map(([, started]) => started));
  for (const [index, [place]] of starting.entries()) {
    const one = settled[index];
    if (one?.status === 'fulfilled') services[place] = one.value;
  }
  const failed = settled.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
});
afterAll(async () => {
  for (const target of targets) target.kill();
  for (const started of Object.values(services)) {
    if (started instanceof BareService) started[Symbol.dispose]();
    else await started?.[Symbol.asyncDispose]();
  }
  folder[Symbol.dispose]();
});

const SHOWING = ['open', 'confined', 'built', 'unprivileged'] as const;

describe('a process of the host, of the same user', () => {
  const read = 'stat status cmdline net/tcp mounts';

  test('is not there for a service with a /proc of its own', async () => {
    expect(await attempt('own', 'process-count')).toBe('1');
    expect(await attempt('own', 'proc-read')).toBe(all(read, 'ENOENT'));
  });

  test.each(SHOWING)('is seen with processes: host, %s', async (place) => {
    expect(Number(await attempt(place, 'process-count'))).toBeGreaterThan(3);
    expect(await attempt(place, 'proc-read')).toBe(all(read, 'done'));
    expect(await attempt(place, 'proc-self')).toBe('two numbers');
  });

  test('has a network whose sockets /proc/net does not list', async () => {
    const listener = createServer().listen(join(folder.path, 'socket'));
    await once(listener, 'listening');
    expect(await attempt('bare', 'proc-net')).toBe('some');
    for (const place of SHOWING) expect([place, await attempt(place, 'proc-net')]).toEqual([place, 'none']);
    listener.close();
  });

  test('lets nobody into its memory, environment, files and root', async () => {
    const into = 'environ mem maps auxv pagemap fd/0 fdinfo/0 cwd root ns/mnt io syscall personality';
    expect(await attempt('bare', 'proc-reach')).toBe(all(into, 'done'));
    for (const place of SHOWING) {
      const answers = (await attempt(place, 'proc-reach')).split(', ');
      expect([place, answers.filter((answer) => !/ (EACCES|EPERM)$/.test(answer))]).toEqual([place, []]);
      expect(answers).toHaveLength(into.split(' ').length);
    }
  });

  test('is changed by no file of /proc', async () => {
    const own = 'oom_score_adj coredump_filter clear_refs timerslack_ns comm';
    const settings = 'core_pattern default_smp_affinity';
    expect(await attempt('bare', 'proc-write')).toBe(`${all(own, 'done')}, ${all(settings, 'EACCES')}`);
    expect(await attempt('bareRoot', 'proc-write')).toBe(all(`${own} ${settings}`, 'done'));
    for (const place of SHOWING)
      expect([place, await attempt(place, 'proc-write')]).toEqual([
        place,
        `${all(own, 'EROFS')}, ${all(settings, 'ENOENT')}`,
      ]);
  });

  test('is reached by no call, neither by its number nor by its directory', async () => {
    expect(await attempt('bare', 'proc-signal')).toBe('directory done, signal done');
    expect(await attempt('open', 'proc-signal')).toBe('directory done, signal EINVAL');
    const calls = [
      'signal',
      'thread-signal',
      'queue-signal',
      'affinity',
      'limit',
      'trace',
      'nice',
      'scheduler',
    ];
    for (const call of calls) {
      expect([call, await attempt('bare', `process-${call}`)]).toEqual([call, 'done']);
      expect([call, await attempt('open', `process-${call}`)]).toEqual([call, 'ESRCH']);
    }
    for (const place of ['confined', 'built', 'unprivileged'] as const) {
      expect([place, await attempt(place, 'proc-signal')]).toEqual([place, 'SIGSYS']);
      expect([place, await attempt(place, 'process-signal')]).toEqual([place, 'ESRCH']);
    }
  });
});

describe('what /proc has beside processes', () => {
  const covered = (paths: readonly string[]): ReadonlySet<string> =>
    new Set(paths.map((path) => path.replace('/proc/', '')));
  const files = covered([FIRST_FILE, ...COVERED_FILES]);
  const directories = covered([FIRST_DIRECTORY, ...COVERED_DIRECTORIES]);
  const entries = async (place: Place): Promise<ReadonlyMap<string, string>> =>
    new Map((await attempt(place, 'proc-entries')).split(', ').map((entry) => split(entry)));

  function split(entry: string): readonly [string, string] {
    const [name = '', answer = ''] = entry.split(' ');
    return [name, answer];
  }

  test('is open to root, and most of it to anybody', async () => {
    const toRoot = await entries('bareRoot');
    for (const name of ['sys', 'kallsyms', 'keys', 'interrupts', 'iomem'])
      expect(toRoot.get(name)).toBe('done');
    for (const name of ['sys', 'kallsyms', 'interrupts'])
      expect((await entries('own')).get(name)).toBe('done');
  });

  test.each(SHOWING)('is covered, but for what is known and read by agents: %s', async (place) => {
    const seen = await entries(place);
    for (const name of ['sys', 'kallsyms', 'stat', 'meminfo']) expect(seen.has(name)).toBe(true);
    // A kernel may have more files, which only root can read: they need no cover.
    const bare = await entries('own');
    const isClosed = (name: string): boolean =>
      bare.get(name) === 'EACCES' && !files.has(name) && !directories.has(name);
    for (const [name, answer] of seen) {
      if (isClosed(name)) {
        expect([name, answer]).toEqual([name, 'EACCES']);
        continue;
      }
      const wanted = files.has(name) ? /^EACCES$/ : directories.has(name) ? /^empty$/ : /^(done|link)$/;
      expect(`${name} ${answer}`).toMatch(
        new RegExp(`^${name.replace('.', '\\.')} ${wanted.source.slice(1)}`),
      );
      expect([name, files.has(name) || directories.has(name) || SHOWN.has(name)]).toEqual([name, true]);
    }
  });
});

test('a denied call is an event without a name: the numbers of /proc are not those that the kernel asks with', async () => {
  const { confined } = services;
  if (confined === undefined || confined instanceof BareService) throw new Error('no service');
  await attempt('confined', 'process-trace');
  const denied = await confined.launch.waitFor(
    ({ event, call_name }) => event === 'denied' && call_name === 'ptrace',
  );
  expect(denied).not.toHaveProperty('program');
});
