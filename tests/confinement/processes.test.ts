import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { processesOf } from '../support/processes.ts';
import { prepareGround, testAttacks } from './support/ground.ts';

const ground = prepareGround();

/** The gate is the first process of the session's pid namespace. */
testAttacks('the gate', ground, [
  { request: 'process-limit 1', open: 'done', confined: 'SIGSYS' },
  { request: 'process-read-limits 1', open: 'done', confined: 'SIGSYS' },
  { request: 'process-scheduler 1', open: 'done', confined: 'SIGSYS' },
  { request: 'process-affinity 1', open: 'done', confined: 'SIGSYS' },
  { request: 'process-nice 1', open: 'done', confined: 'SIGSYS' },
  { request: 'process-io-priority 1', open: 'done', confined: 'SIGSYS' },
  { request: 'process-descriptor-owner 1', open: 'done', confined: 'SIGSYS' },
  { request: 'process-signal 1', open: 'EPERM', confined: 'EPERM' },
  { request: 'process-thread-signal 1', open: 'EPERM', confined: 'EPERM' },
  { request: 'process-queue-signal 1', open: 'EPERM', confined: 'EPERM' },
  { request: 'process-pidfd 1', open: 'signal EPERM, descriptor EPERM', confined: 'SIGSYS' },
  { request: 'process-trace 1', open: 'EPERM', confined: 'SIGSYS' },
  { request: 'process-read-memory 1', open: 'EPERM', confined: 'SIGSYS' },
]);

testAttacks('itself', ground, [
  { request: 'process-signal 0', bare: 'done', open: 'done', confined: 'done' },
  { request: 'process-signal -1', open: 'ESRCH', confined: 'ESRCH' },
  { request: 'process-nice 0', bare: 'done', open: 'done', confined: 'SIGSYS' },
  { request: 'process-io-priority 0', bare: 'done', open: 'done', confined: 'SIGSYS' },
  { request: 'process-scheduler 0', bare: 'done', open: 'done', confined: 'SIGSYS' },
  { request: 'process-affinity 0', bare: 'done', open: 'done', confined: 'SIGSYS' },
  { request: 'process-limit 0', bare: 'done', confined: 'SIGSYS' },
  { request: 'process-read-limits 0', bare: 'done', open: 'done', confined: 'done' },
  { request: 'process-raise-own-limit 64', open: 'done', confined: 'SIGSYS' },
  { request: 'process-raise-own-limit 65', open: 'EPERM', confined: 'SIGSYS' },
]);

const INVISIBLE = 'environ ENOENT, mem ENOENT, maps ENOENT, fd ENOENT';

testAttacks('/proc', ground, [
  { request: 'process-look-into 1', open: INVISIBLE, confined: INVISIBLE },
  { request: 'process-count', open: '1', confined: '1' },
]);

describe('a sibling session', () => {
  const siblings = new Map<'bare' | 'open' | 'confined', { readonly socket: Socket; readonly pid: string }>();
  const places = ['bare', 'open', 'confined'] as const;

  beforeAll(async () => {
    for (const place of places) {
      const socket = await dial(ground()[place].port);
      socket.write('sibling\n');
      const text = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
      siblings.set(place, { socket, pid: String(text).replace(/\D/g, '') });
    }
  });
  afterAll(() => {
    for (const { socket } of siblings.values()) socket.destroy();
  });

  test.each([
    ['process-signal', 'done', 'EPERM', 'EPERM'],
    ['process-thread-signal', 'done', 'EPERM', 'EPERM'],
    ['process-trace', 'done', 'EPERM', 'SIGSYS'],
    ['process-read-memory', 'done', 'EPERM', 'SIGSYS'],
    ['process-pidfd', 'signal done, descriptor done', 'signal EPERM, descriptor EPERM', 'SIGSYS'],
    ['process-look-into', 'environ done, mem done, maps done, fd done', INVISIBLE, INVISIBLE],
  ])('%s reaches it behind inetd only', async (probe, ...expected) => {
    const answers = [];
    for (const place of places) {
      answers.push(await ground()[place].attempt(`${probe} ${siblings.get(place)?.pid}`));
    }
    expect(answers).toEqual(expected);
  });
});

describe('a session that is not yet its program', () => {
  test('no other reaches it', async () => {
    const { open, confined } = ground();
    const before = open.launch.events.length;
    const hunter = open.attempt('process-hunt 600');
    await open.launch.waitFor(
      (event) => event.event === 'start' && open.launch.events.indexOf(event) >= before,
    );
    let hunting = true;
    void hunter.finally(() => {
      hunting = false;
    });
    while (hunting)
      await Promise.all(new Array(4).fill('show-directory').map((request) => open.attempt(request)));
    // Signals, reads and traces its own child, and nobody else.
    expect(await hunter).toBe('own child 7, others met 0');
    expect(await confined.attempt('process-hunt 1')).toBe('SIGSYS');
  });
});

describe('what a session leaves behind', () => {
  test.each(['process-leave-child', 'process-leave-daemon', 'process-leave-group'])(
    '%s: it lives on behind inetd, and ends with the session',
    async (request) => {
      const { bare, confined, unprivileged, program } = ground();
      const count = (): number => processesOf(program).length;
      const before = count();
      await bare.attempt(request);
      // Its client may hear the end before its parent has died.
      const left = () => processesOf(program).filter(({ parent }) => parent === 1);
      await expect.poll(() => left().length).toBe(1);
      expect(count()).toBe(before + 1);
      for (const { pid } of left()) process.kill(pid, 'SIGKILL');
      await expect.poll(count).toBe(before);
      await confined.attempt(request);
      await unprivileged.attempt(request);
      await expect.poll(count).toBe(before);
    },
  );
});

describe('a session that stops', () => {
  test('traced by the gate: it is killed', async () => {
    expect(await ground().open.attempt('process-traced')).toBe('done, then SIGKILL');
    expect(await ground().confined.attempt('process-traced')).toBe('SIGSYS');
  });
});
