import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostArchitecture } from '../../src/host/host-architecture.ts';
import { syscallNumber } from '../../src/kernel/system-calls.ts';
import type { RunEvent } from '../support/launch.ts';
import {
  BareService,
  buildProbes,
  OWN_GROUPS,
  PROBE_UID,
  type ProbedService,
  serveBuiltProbes,
  serveProbes,
} from '../support/probe-program.ts';
import { processesOf, processTree } from '../support/processes.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

const CALL = syscallNumber('msgget', hostArchitecture());
const ORDINARY_UID = freeUser();

/** Room for storms; and what a session needs to stop its children and to load a filter of its own. */
const LINES = ['rlimits: { nproc: 2000 }', 'exec: allow'];
const RULES = [
  ...OWN_GROUPS,
  'kill',
  'prctl(option == PR_SET_NO_NEW_PRIVS)',
  'seccomp(flags & SECCOMP_FILTER_FLAG_NEW_LISTENER == 0)',
];

let folder: TestFolder;
let program: string;
let bare: BareService;

/** One filter and two, with and without an exec that asks, in a launch of each kind. */
const PLACES = {
  'with one filter': () => serveProbes(folder, program, { lines: LINES, rules: RULES }),
  'with one filter, in an executable of its own': () =>
    serveBuiltProbes(folder, program, { lines: LINES, rules: RULES }),
  'with two filters': () => serveProbes(folder, program, { lines: LINES, rules: [...RULES, 'ptrace'] }),
  'with two filters, of an ordinary user': () =>
    serveProbes(
      folder,
      program,
      { lines: [...LINES, `user: ${ORDINARY_UID}`, `group: ${ORDINARY_UID}`], rules: RULES },
      { args: ['--unprivileged'], uid: ORDINARY_UID },
    ),
  'with two filters, where an exec asks too': () =>
    serveProbes(
      folder,
      program,
      { lines: [...LINES.slice(0, 1), `user: ${ORDINARY_UID}`, `group: ${ORDINARY_UID}`], rules: RULES },
      { args: ['--unprivileged'], uid: ORDINARY_UID },
    ),
} as const;

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

/** Those that are told one by one, and the others. */
function countDenied(service: ProbedService): number {
  const more = service.launch.events.filter(({ event }) => event === 'denied-more');
  return more.reduce((sum, { count }) => sum + Number(count), denied(service).length);
}

/** Those that a signal took back before the gate looked. */
function countGone(service: ProbedService): number {
  const more = service.launch.events.filter(({ event }) => event === 'denied-more');
  return more.reduce((sum, { gone }) => sum + Number(gone), 0);
}

/** The processes of sessions below a launch. */
function programsBelow(service: ProbedService): readonly string[] {
  return processTree(service.launch.process.pid ?? 0)
    .map(({ program: name }) => name)
    .filter((name) => name === program);
}

describe.each(Object.entries(PLACES))('a call that the policy denies, %s', (place, serve) => {
  let service: ProbedService;
  beforeAll(async () => {
    service = await serve();
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
  });

  test('ends the session, after an event that tells it', async () => {
    expect(await bare.attempt('denied')).toBe('done');
    expect(await service.attempt('denied')).toBe('SIGSYS');
    const events = service.launch.events.filter(({ event }) => event === 'denied' || event === 'end');
    const [event, end] = events.slice(-2);
    expect(event).toMatchObject({
      event: 'denied',
      session: end?.['session'],
      pid: end?.['pid'],
      program: 'probe',
      call: CALL,
      args: ['0x0', '0x380', expect.any(String), expect.any(String), expect.any(String), expect.any(String)],
      ip: expect.stringMatching(/^0x[1-9a-f][0-9a-f]*$/),
    });
    expect(end).toMatchObject({ event: 'end', signal: 9, cause: 'exit' });
  });

  test.each(['0', '1', '2'])('never happens while a timer interrupts it (%s)', async (again) => {
    expect(await bare.attempt(`denied-under-timers ${again}`)).toBe('it happened');
    for (let i = 0; i < 40; i++) expect(await service.attempt(`denied-under-timers ${again}`)).toBe('SIGSYS');
  });

  test('leaves nothing in the kernel`s count of questions when a timer takes it back', async () => {
    // Where an exec asks there is no pause, in which hundreds can be.
    const least = place.includes('exec asks') ? 1 : 500;
    const before = countGone(service);
    const said = await service.attempt(`denied-taken-back ${least}`);
    expect(said).toMatch(/^\d+ taken back, 0 happened$/);
    const taken = Number.parseInt(said, 10);
    expect(taken).toBeGreaterThanOrEqual(least);
    // One that is heard has the number of those before it.
    expect(await service.attempt('denied')).toBe('SIGSYS');
    await service.launch.waitFor(() => countGone(service) - before >= taken);
  });

  test('never happens in the child of vfork, whose parent goes on', async () => {
    expect(await bare.attempt('denied-in-vfork-child')).toBe(
      'the child: status 7, 1 happened; the parent goes on',
    );
    expect(await service.attempt('denied-in-vfork-child')).toBe(
      'the child: killed by SIGKILL, 0 happened; the parent goes on',
    );
    const session = service.launch.events.findLast(({ event }) => event === 'start')?.['session'];
    expect(denied(service).filter((event) => event['session'] === session)).toMatchObject([
      { program: 'probe' },
    ]);
    expect(service.launch.events.findLast(({ event }) => event === 'end')).toMatchObject({ status: 0 });
  });

  test('never happens in threads, and all of them end', async () => {
    expect(await bare.attempt('denied-in-threads 32')).toBe('32 happened, 0 survived');
    for (let i = 0; i < 10; i++) expect(await service.attempt('denied-in-threads 32')).toBe('SIGSYS');
  });

  test('never happens in thousands of children, while others are served', async () => {
    expect(await bare.attempt('denied-in-children 100')).toBe('0 of 100 killed, 150 happened, 0 survived');
    const storm = service.attempt('denied-in-children 2000');
    let served = 0;
    let slowest = 0;
    let isOver = false;
    void storm.then(() => {
      isOver = true;
    });
    while (!isOver) {
      const start = performance.now();
      expect(await service.attempt('show-descriptors')).toContain('0=socket');
      slowest = Math.max(slowest, performance.now() - start);
      served++;
    }
    expect(await storm).toBe('2000 of 2000 killed, 0 happened, 0 survived');
    expect(served).toBeGreaterThan(3);
    expect(slowest).toBeLessThan(5000);
    // The last ones are told at the end of their second.
    await service.launch.waitFor(() => countDenied(service) >= 2000);
    expect(denied(service).length).toBeLessThan(500);
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

  test('never happens while its process is stopped and goes on', async () => {
    expect(await service.attempt('denied-under-stops 40')).toBe('40 of 40 killed, 0 happened');
  });

  test('never happens while another thread makes the process another program', async () => {
    // Where an exec asks it is refused, and the process goes on to its end or to the call.
    const expected = place.includes('exec asks') ? /, 0 happened$/ : /^60 of 60 .*, 0 happened$/;
    expect(await service.attempt('denied-under-exec 60')).toMatch(expected);
  });

  test('leaves no process of its session behind', async () => {
    expect(await service.attempt('denied-with-a-child')).toBe('SIGSYS');
    expect(programsBelow(service)).toEqual([]);
  });

  test('does not happen under a filter of its own, whose stricter answer is the kernel`s', async () => {
    expect(await service.attempt('denied-under-own-filter 0')).toBe('SIGSYS');
    expect(await service.attempt('denied-under-own-filter 1')).toBe('EACCES');
    // Its filter asks nobody.
    expect(await service.attempt('denied-under-own-filter 2')).toBe('ENOSYS');
  });
});

/** The sessions of a policy whose denied calls the kernel ends; its audit may tell them. */
async function expectKernel(service: ProbedService, told = 0): Promise<void> {
  expect(await service.attempt('denied')).toBe('SIGSYS');
  expect(denied(service)).toHaveLength(told);
  expect(service.launch.events.findLast(({ event }) => event === 'end')).toMatchObject({ signal: 31 });
}

describe('a call that the policy denies, where the kernel ends the process', () => {
  test.each([
    ['because the policy says so', 0, { report: 'none' }],
    ['of a service that runs as root', 1, { lines: ['user: root', 'reason: to see who ends it'] }],
    ['of a service that may change its user', 1, { lines: ['capabilities: [setuid]'] }],
    ['of a service that may load a filter with a listener', 1, { rules: [...OWN_GROUPS, 'seccomp'] }],
    ['of a policy that asks somebody itself', 1, { rules: [...OWN_GROUPS, 'listmount -> user_notif'] }],
  ] as const)('%s: it never happens, and is told %i times', async (_, told, policy) => {
    await using service = await serveProbes(folder, program, policy);
    await expectKernel(service, told);
  });
});

describe('a service that loads a filter with a listener of its own', () => {
  test('has one, or its denied calls are told', async () => {
    const rules = [...OWN_GROUPS, 'seccomp'];
    await using service = await serveProbes(folder, program, { rules });
    expect(await service.attempt('own-listener')).toBe('done');
    await using told = await serveProbes(folder, program, { rules, report: 'gate' });
    expect(await told.attempt('own-listener')).toBe('EBUSY');
    expect(await told.attempt('denied')).toBe('SIGSYS');
    expect(denied(told)).toHaveLength(1);
  });
});

describe('whoever starts portcullis and is watched by a listener already', () => {
  test('is told so, and serves where the policy leaves denied calls to the kernel', async () => {
    const prefix = [program, 'watched'];
    const refused = serveProbes(folder, program, {}, { prefix });
    await expect(refused).rejects.toThrow(/step \d+ failed: seccomp\(.*EBUSY.*report: none/);
    await using service = await serveProbes(folder, program, { report: 'none' }, { prefix });
    await expectKernel(service);
  });
});

describe('a kernel on which a signal takes a question back that the gate looks at', () => {
  test('the call never happens, and its process ends', async () => {
    const options = { args: ['--kernel', '5.15'] };
    const lines = [...LINES, 'landlock: best-effort'];
    await using service = await serveBuiltProbes(folder, program, { lines, rules: RULES }, options);
    for (const again of [0, 1, 2])
      for (let i = 0; i < 100; i++)
        expect(await service.attempt(`denied-under-timers ${again}`)).toBe('SIGSYS');
    expect(await service.attempt('denied-under-stops 40')).toBe('40 of 40 killed, 0 happened');
  });
});

describe('the end of the gate, which nobody then asks', () => {
  test.each(Object.entries(PLACES))('is the end of every session, %s', async (_, serve) => {
    await using service = await serve();
    const waiting = service.attempt('denied-with-a-child').catch(() => undefined);
    const storm = service.attempt('denied-in-children 100000').catch(() => undefined);
    await service.launch.waitFor(({ event }) => event === 'denied');
    const inner = processTree(service.launch.process.pid ?? 0).filter(({ status }) =>
      /\t1$/.test(status.get('NSpid') ?? ''),
    );
    expect(inner).toHaveLength(1);
    process.kill(inner[0]?.pid ?? 0, 'SIGKILL');
    await service.launch.exited;
    await Promise.all([waiting, storm]);
    // The bare service is another one.
    const left = processesOf(program).filter(({ pid }) => pid !== bare.pid);
    expect(left.map(({ pid }) => pid)).toEqual([]);
  });
});
