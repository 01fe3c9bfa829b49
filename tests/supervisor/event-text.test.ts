import { describe, expect, test } from 'vitest';
import type { GateEvent } from '../../src/gate-protocol/gate-event.ts';
import type { SupervisedService } from '../../src/supervisor/assignment.ts';
import { describeEvent, durationText, eventText, signalName } from '../../src/supervisor/event-text.ts';
import { service } from './support/service.ts';

type Ending = Extract<GateEvent, { readonly event: 'end' }>;

function end(parts: Partial<Ending>): Ending {
  return {
    event: 'end',
    session: 3,
    pid: 9,
    cause: 'exit',
    duration_us: 1500,
    cpu_us: 900,
    memory_kb: 2048,
    ...parts,
  };
}

const NOON = '2026-11-23T12:00:00.250Z';
const USE = '1.5 ms, cpu 900 us, 2048 KB';

describe('for people', () => {
  test.each<readonly [event: GateEvent, text: string]>([
    [{ event: 'ready' }, 'listening on tcp://[::]:7, tcp4://127.0.0.1:8'],
    [
      { event: 'start', session: 3, pid: 9, peer: '192.0.2.1', port: 40_000 },
      'session 3 from 192.0.2.1:40000',
    ],
    [{ event: 'start', session: 3, pid: 9, peer: '2001:db8::1', port: 7 }, 'session 3 from [2001:db8::1]:7'],
    [{ event: 'start', session: 1, pid: 9 }, 'session 1 from the listener'],
    [end({ status: 0 }), `session 3 ended: status 0, ${USE}`],
    [
      end({ signal: 9, cause: 'time', ended_by: 'SIGKILL' }),
      `session 3 ended: SIGKILL, its time was up (SIGKILL), ${USE}`,
    ],
    [
      end({ status: 0, cause: 'time', ended_by: 'SIGTERM' }),
      `session 3 ended: status 0, its time was up (SIGTERM), ${USE}`,
    ],
    [
      end({ signal: 15, cause: 'client-gone', ended_by: 'SIGTERM' }),
      `session 3 ended: SIGTERM, its client had gone (SIGTERM), ${USE}`,
    ],
    [end({ signal: 9, cause: 'stop' }), `session 3 ended: SIGKILL, the service stops, ${USE}`],
    [
      end({ signal: 31 }),
      `session 3 ended: SIGSYS, a system call that the policy forbids (its number: kernel log, type=1326), ${USE}`,
    ],
    [
      { event: 'refused', reason: 'per-source', peer: '192.0.2.1', port: 5, count: 1 },
      'refused 192.0.2.1:5: per-source',
    ],
    [
      { event: 'refused', reason: 'gone', peer: '2001:db8::1', port: 5, count: 812 },
      'refused 812 connections of 2001:db8::1: gone',
    ],
    [{ event: 'refused', reason: 'gone', count: 1 }, 'refused 1 connections of other addresses: gone'],
    [
      { event: 'exec-refused', session: 4, pid: 12, call: 59 },
      'session 4 (pid 12) was refused a second exec',
    ],
    [{ event: 'exec-refused', pid: 12, call: 59 }, 'session ? (pid 12) was refused a second exec'],
    [
      {
        event: 'denied',
        session: 3,
        pid: 12,
        program: 'app',
        call: 257,
        args: ['0xffffff9c', '0x7ffc', '0x241', '0x180', '0x0', '0x0'],
        ip: '0x7f12',
      },
      'session 3: denied call 257(0xffffff9c, 0x7ffc, 0x241, 0x180, 0x0, 0x0) in app',
    ],
    [{ event: 'denied', pid: 12, call: 257 }, 'process 12: denied call 257'],
    [{ event: 'denied', call: 257 }, 'a process that is gone: denied call 257'],
    [
      { event: 'denied-more', count: 7, gone: 0, lost: 1 },
      '7 more denied calls in this second; the audit lost others, of this service or of the host',
    ],
    [{ event: 'denied-more', count: 7, gone: 0 }, '7 more denied calls in this second'],
    [
      { event: 'denied-more', count: 0, gone: 3 },
      '0 more denied calls in this second; 3 that a signal interrupted before the gate looked',
    ],
    [
      { event: 'kill-failed', pid: 12, call: 257, errno: 1 },
      'process 12 made a call that is denied (257) and cannot be killed: EPERM; everything ends',
    ],
    [
      { event: 'refused-image', reason: 'the image is damaged' },
      'the gate refused its image: the image is damaged',
    ],
    [{ event: 'paused', call: 288, errno: 24 }, 'accepting pauses for 100 ms: EMFILE'],
    [
      { event: 'start-delayed', ends: 3, pause_ms: 400 },
      'the service ended within a second of its start, its client waits (3 in a row): started again in 400 ms',
    ],
    [{ event: 'listener-lost', errno: 22 }, 'the listener cannot be used again: EINVAL'],
    [{ event: 'draining', sessions: 2 }, 'no new connections; 2 sessions are open'],
    [{ event: 'stopped' }, 'stopped'],
    [
      { event: 'dropped', count: 5 },
      '5 events or pieces of log were dropped: the reader was too slow, or there were more than are relayed',
    ],
  ])('%o', (event, text) => {
    expect(eventText(event, service())).toBe(text);
  });
});

describe('a step that failed', () => {
  const failed = { event: 'failed', step: 12, call: 'exec', line: 3, result: -2 } as const;
  const known: SupervisedService = service({
    steps: {
      12: { text: 'exec "/bin/cat"', call: 'exec', file: '/etc/echo.yaml', line: 3 },
      13: { text: 'setpgid(0, 0) = 0', call: 'setpgid', file: undefined, line: undefined },
    },
  });

  test.each<readonly [what: string, event: GateEvent, text: string]>([
    [
      'with its text, errno, line and fix',
      { ...failed, session: 4 },
      'session 4: step 12 failed: exec "/bin/cat": ENOENT (/etc/echo.yaml:3); the program or its interpreter was there when the policy was checked; it is gone',
    ],
    [
      'with the name that the kernel has for the errno, not the C library',
      { ...failed, step: 99, call: 'landlock_create_ruleset', result: -95 },
      'step 99 failed: landlock_create_ruleset: EOPNOTSUPP (/etc/echo.yaml); Landlock is off: add it to lsm= on the kernel command line',
    ],
    [
      'that succeeds and may not: page 0 is open',
      { ...failed, step: 99, call: 'mmap', result: 0 },
      'step 99 failed: mmap: answered 0 (/etc/echo.yaml); everybody may map page 0 here: sysctl vm.mmap_min_addr=65536',
    ],
    [
      'which no line asks for',
      { ...failed, step: 13, call: 'setpgid', result: -1 },
      'step 13 failed: setpgid(0, 0) = 0: EPERM (/etc/echo.yaml)',
    ],
    [
      'that is not known, with an answer that is no error',
      { ...failed, step: 99, call: 'getresuid', result: 7 },
      'step 99 failed: getresuid: answered 7 (/etc/echo.yaml)',
    ],
  ])('%s', (_, event, text) => {
    expect(eventText(event, known)).toBe(text);
  });

  test('as data', () => {
    expect(describeEvent(failed, known, NOON)).toEqual({
      time: NOON,
      event: 'failed',
      service: 'echo',
      step: 12,
      call: 'exec',
      line: 3,
      result: -2,
      errno: 'ENOENT',
      text: 'exec "/bin/cat"',
      file: '/etc/echo.yaml',
    });
  });
});

describe('as data', () => {
  test('an event keeps every field and says whose it is', () => {
    const event = { event: 'start', session: 3, pid: 9, peer: '192.0.2.1', port: 4 } as const;
    expect(describeEvent(event, service(), NOON)).toEqual({ time: NOON, ...event, service: 'echo' });
  });

  test('numbers of signals and errors have their names beside them', () => {
    expect(describeEvent(end({ signal: 6 }), service(), NOON)).toMatchObject({
      signal: 6,
      signal_name: 'SIGABRT',
    });
    expect(describeEvent(end({ status: 1 }), service(), NOON)).not.toHaveProperty('signal_name');
    expect(describeEvent({ event: 'paused', call: 288, errno: 23 }, service(), NOON)).toMatchObject({
      errno: 23,
      errno_name: 'ENFILE',
    });
  });
});

test.each([
  [0, '0 us'],
  [999, '999 us'],
  [1000, '1.0 ms'],
  [123_456, '123.5 ms'],
  [1_000_000, '1.0 s'],
  [61_000_000, '61.0 s'],
])('%i microseconds are %s', (microseconds, text) => {
  expect(durationText(microseconds)).toBe(text);
});

test('a signal without a name is said as it is', () => {
  expect([signalName(15), signalName(64)]).toEqual(['SIGTERM', 'signal 64']);
});
