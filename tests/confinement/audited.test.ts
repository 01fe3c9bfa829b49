import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostArchitecture } from '../../src/host/host-architecture.ts';
import { syscallNumber } from '../../src/kernel/system-calls.ts';
import type { LaunchOptions, RunEvent } from '../support/launch.ts';
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
import { processTree } from '../support/processes.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

const CALL = syscallNumber('msgget', hostArchitecture());

const ROOT: ProbePolicy = {
  lines: ['user: root', 'reason: to see who tells of it', 'rlimits: { nproc: 2000 }', 'exec: allow'],
};

let folder: TestFolder;
let program: string;
let bare: BareService;

beforeAll(async () => {
  folder = new TestFolder();
  program = buildProbes(folder);
  bare = await BareService.start(program, PROBE_UID);
});
afterAll(() => {
  bare[Symbol.dispose]();
  folder[Symbol.dispose]();
});

function denied(service: ProbedService): readonly RunEvent[] {
  return service.launch.events.filter(({ event, call }) => event === 'denied' && call === CALL);
}

function countDenied(service: ProbedService): number {
  const more = service.launch.events.filter(({ event }) => event === 'denied-more');
  return more.reduce((sum, { count }) => sum + Number(count), denied(service).length);
}

const PLACES = {
  'of a service that runs as root': () => serveProbes(folder, program, ROOT),
  'of a service that may change its user, in two filters': () =>
    serveProbes(folder, program, {
      lines: ['capabilities: [setuid]', 'rlimits: { nproc: 2000 }'],
      rules: [...OWN_GROUPS, 'ptrace'],
    }),
  'of a service that may load a filter with a listener': () =>
    serveProbes(folder, program, { rules: [...OWN_GROUPS, 'seccomp'], lines: ['rlimits: { nproc: 2000 }'] }),
  'in an executable of its own': () =>
    serveBuiltProbes(folder, program, { report: 'kernel', lines: ['rlimits: { nproc: 2000 }'] }),
} as const;

describe.each(Object.entries(PLACES))('a denied call that the kernel`s audit tells, %s', (_, serve) => {
  let service: ProbedService;
  beforeAll(async () => {
    service = await serve();
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
  });

  test('ends the session by the kernel, after an event that tells it without arguments', async () => {
    expect(await bare.attempt('denied')).toBe('done');
    for (let i = 0; i < 20; i++) expect(await service.attempt('denied')).toBe('SIGSYS');
    const events = service.launch.events.filter(({ event }) => event === 'denied' || event === 'end');
    expect(events).toHaveLength(40);
    for (let i = 0; i < 40; i += 2) {
      const [event, end] = events.slice(i);
      expect(event).toMatchObject({
        event: 'denied',
        session: end?.['session'],
        pid: end?.['pid'],
        call: CALL,
        ip: expect.stringMatching(/^0x[1-9a-f][0-9a-f]*$/),
      });
      expect(event).not.toHaveProperty('args');
      expect(end).toMatchObject({ event: 'end', signal: 31, cause: 'exit' });
    }
  });

  test('is told of a child, also when its parent takes its end at once', async () => {
    const before = countDenied(service);
    for (let i = 0; i < 20; i++)
      expect(await service.attempt('denied-in-vfork-child')).toBe(
        'the child: killed by SIGSYS, 0 happened; the parent goes on',
      );
    await service.launch.waitFor(() => countDenied(service) >= before + 20);
    expect(countDenied(service)).toBe(before + 20);
  });

  test('is told of 64 sessions at once', async () => {
    const before = denied(service).length;
    const answers = await Promise.all(Array.from({ length: 64 }, () => service.attempt('denied')));
    expect(new Set(answers)).toEqual(new Set(['SIGSYS']));
    const sessions = denied(service)
      .slice(before)
      .map(({ session }) => session);
    expect(new Set(sessions).size).toBe(64);
  });
});

describe('records of the audit', () => {
  test('are told by the one service whose process it was', async () => {
    await using one = await serveProbes(folder, program, ROOT);
    await using other = await serveProbes(folder, program, ROOT);
    await using untold = await serveProbes(folder, program, { ...ROOT, report: 'none' });
    // The numbers of their processes are the same, in namespaces of their own.
    for (let i = 0; i < 10; i++) {
      for (const service of [one, untold]) expect(await service.attempt('denied')).toBe('SIGSYS');
      await untold.attempt('denied-in-vfork-child');
    }
    expect(denied(one)).toHaveLength(10);
    expect(denied(untold)).toEqual([]);
    expect(await other.attempt('denied')).toBe('SIGSYS');
    expect(countDenied(other)).toBe(1);
  });

  test('of processes that are gone are told after a login too, whose number stays', async () => {
    const login = ['sh', '-c', 'echo 4711 > /proc/self/loginuid && exec "$@"', 'sh'];
    await using service = await serveProbes(folder, program, ROOT, { prefix: login });
    for (let i = 0; i < 5; i++) await service.attempt('denied-in-vfork-child');
    await service.launch.waitFor(() => countDenied(service) === 5);
    const [gate] = processTree(service.launch.process.pid ?? 0).filter(({ status }) =>
      /\t1$/.test(status.get('NSpid') ?? ''),
    );
    expect(readFileSync(`/proc/${gate?.pid}/loginuid`, 'utf8')).toBe('4711');
  });

  test('are told apart by the processes where a login may not change', async () => {
    const login = 'echo 4711 > /proc/self/loginuid && exec setpriv --bounding-set -audit_control "$@"';
    const prefix = ['sh', '-c', login, 'sh'];
    await using one = await serveProbes(folder, program, ROOT, { prefix });
    await using other = await serveProbes(folder, program, { ...ROOT, report: 'none' }, { prefix });
    for (let i = 0; i < 10; i++)
      for (const service of [one, other]) expect(await service.attempt('denied')).toBe('SIGSYS');
    expect(denied(one)).toHaveLength(10);
    expect(countDenied(one)).toBe(10);
  });

  test('are not made by a session that ends itself by the signal: its end is told a moment later', async () => {
    await using service = await serveProbes(folder, program, ROOT);
    expect(await service.attempt('signal-of-a-denied-call')).toBe('SIGSYS');
    expect(denied(service)).toEqual([]);
    const start = performance.now();
    const ends = Array.from({ length: 30 }, () => service.attempt('signal-of-a-denied-call'));
    expect(await service.attempt('show-descriptors')).toContain('0=socket');
    expect(new Set(await Promise.all(ends))).toEqual(new Set(['SIGSYS']));
    // Each waits for a fifth of a second, and none for another.
    expect(performance.now() - start).toBeLessThan(3000);
  });

  test('of thousands of processes are summed up, while others are served', async () => {
    await using service = await serveProbes(folder, program, ROOT);
    const storm = service.attempt('denied-in-children 2000');
    let isOver = false;
    void storm.then(() => {
      isOver = true;
    });
    let served = 0;
    for (; !isOver; served++) expect(await service.attempt('show-descriptors')).toContain('0=socket');
    expect(await storm).toBe('2000 of 2000 killed, 0 happened, 0 survived');
    expect(served).toBeGreaterThan(0);
    expect(await service.attempt('denied')).toBe('SIGSYS');
    const isLost = service.launch.events.some((event) => Number(event['lost']) > 0);
    if (!isLost) await service.launch.waitFor(() => countDenied(service) >= 2001);
    expect(countDenied(service)).toBeLessThanOrEqual(2001);
    expect(denied(service).length).toBeLessThan(500);
  });

  test.each(['gate', 'kernel'] as const)(
    'of the last second are summed up when the service stops: %s',
    async (report) => {
      const lines = report === 'gate' ? ['rlimits: { nproc: 2000 }'] : (ROOT.lines ?? []);
      await using service = await serveProbes(folder, program, { lines, report });
      expect(await service.attempt('denied-in-children 40')).toContain('40 of 40 killed');
      if (report === 'kernel') await service.attempt('denied');
      await service.launch.stop();
      expect(countDenied(service)).toBe(report === 'kernel' ? 41 : 40);
    },
  );

  test('tell the calls of a program behind a filter with a listener of its own', async () => {
    const rules = [...OWN_GROUPS, 'seccomp'];
    await using service = await serveProbes(folder, program, { rules });
    expect(await service.attempt('own-listener')).toBe('done');
    expect(denied(service)).toEqual([]);
    expect(await service.attempt('denied-behind-own-listener')).toBe('SIGSYS');
    expect(denied(service)).toMatchObject([{ program: 'probe', call: CALL }]);
    await using told = await serveProbes(folder, program, { rules, report: 'gate' });
    expect(await told.attempt('denied-behind-own-listener')).toBe('no filter: EBUSY');
  });
});

/** The launch fails, and says at which step or line and why. */
async function refusal(policy: ProbePolicy, options: LaunchOptions): Promise<string> {
  const launch = serveProbes(folder, program, policy, options);
  return launch.then(
    async (service) => {
      await service[Symbol.asyncDispose]();
      return 'it serves';
    },
    (error: unknown) => String(error),
  );
}

describe('whoever may not hear the audit', () => {
  const USER_NAMESPACE = ['unshare', '--user', '--map-root-user'];
  const WITHOUT_CAPABILITY = ['setpriv', '--bounding-set', '-audit_read'];

  test('is told so when the policy asks for it by name', async () => {
    const asked = { ...ROOT, report: 'kernel' };
    expect(await refusal(asked, { prefix: USER_NAMESPACE })).toMatch(
      /step \d+ failed: bind\(audit, .*EPERM.*\.yaml:\d+/,
    );
    expect(await refusal(asked, { prefix: WITHOUT_CAPABILITY })).toMatch(
      /\.yaml:\d+:\d+: error: .*bind answers EPERM to a launcher without CAP_AUDIT_READ/,
    );
    const user = freeUser();
    const lines = [`user: ${user}`, `group: ${user}`];
    expect(await refusal({ report: 'kernel', lines }, { args: ['--unprivileged'], uid: user })).toMatch(
      /\.yaml:\d+:\d+: error: .*bind answers EPERM to a launch without privilege/,
    );
  });

  test('serves all the same by default, and the end of a session says the signal', async () => {
    await using service = await serveProbes(folder, program, ROOT, { prefix: WITHOUT_CAPABILITY });
    expect(await service.attempt('denied')).toBe('SIGSYS');
    expect(denied(service)).toEqual([]);
    expect(service.launch.events.findLast(({ event }) => event === 'end')).toMatchObject({ signal: 31 });
  });
});
