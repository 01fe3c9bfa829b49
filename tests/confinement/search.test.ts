import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildProbes, PROBE_UID } from '../support/probe-program.ts';
import { TestFolder } from '../support/test-folder.ts';
import {
  attemptFiltered,
  boundariesOpened,
  CLOSED_GROUPS as CLOSED,
  fewest,
  harmlessRules,
} from './support/filtered.ts';

let folder: TestFolder;
let program: string;

beforeAll(() => {
  folder = new TestFolder();
  program = buildProbes(folder);
});
afterAll(() => folder[Symbol.dispose]());

describe('rules each of which opens nothing', () => {
  test('open together what is known, and check says it of the fewest of them', () => {
    const other = spawn('sleep', ['600'], { uid: PROBE_UID, gid: PROBE_UID, stdio: 'ignore' });
    const path = `${folder.path}/nobody`;
    const file = folder.write('lockable', 'x', 0o666);
    const every = harmlessRules(CLOSED);
    const found: Record<string, readonly string[]> = {};
    for (const attack of ATTACKS) {
      const request = attack.replace('PID', `${other.pid}`).replace('PATH', path).replace('FILE', file);
      const happens = (rules: readonly string[]): boolean =>
        !attemptFiltered(program, folder.path, [...CLOSED, ...rules], request).includes('SIGSYS');
      expect(happens([]), attack).toBe(false);
      if (!happens(every)) continue;
      const few = fewest(every, happens);
      found[attack] = few;
      if (!OF_ONE_CALL.includes(attack))
        expect(boundariesOpened([...CLOSED, ...few]), attack).not.toEqual([]);
    }
    other.kill('SIGKILL');
    const calls = Object.entries(found).map(([attack, rules]) => [
      attack,
      rules.map((rule) => rule.replace(/\(.*/, '')),
    ]);
    expect(Object.fromEntries(calls)).toEqual(KNOWN);
  });

  /** Beside all groups of our own, one rule at a time. */
  test('beside our groups only these are warned of', () => {
    const opening = harmlessRules(CLOSED).filter((rule) => boundariesOpened([...CLOSED, rule]).length > 0);
    expect([...new Set(opening.map((rule) => rule.replace(/\(.*/, '')))].sort()).toEqual([
      'fcntl',
      'flock',
      'memfd_create',
      'socket',
      'socketpair',
    ]);
  });
});

/** Attacks that the filter stops, most of them from the other tests of this folder. */
const ATTACKS: readonly string[] = [
  ...[
    'redial 9',
    'dial 9',
    'dial-multipath 9',
    'dial-fast-open 9',
    'dial-fast-open-message 9',
    'fast-open-here 9',
  ],
  ...[
    'send-datagram 9',
    'bind-port 0',
    'open-family 16',
    'open-family 17',
    'open-family 38',
    'set-option 1015',
  ],
  ...[
    'memory-writable-executable',
    'memory-made-executable',
    'memory-made-executable-with-key',
    'memory-mapped-twice',
    'memory-doubled',
    'memory-shared-with-child',
  ],
  ...[
    'memory-read-implies-exec',
    'code-in-memory 0',
    'code-in-memory 8',
    'exec-path',
    'exec-at-absolute-path',
  ],
  ...['process-signal PID', 'process-thread-signal PID', 'process-queue-signal PID', 'process-pidfd PID'],
  ...['process-trace PID', 'process-read-memory PID', 'process-limit PID', 'process-read-limits PID'],
  ...['process-scheduler PID', 'process-affinity PID', 'process-nice PID', 'process-io-priority PID'],
  ...['process-descriptor-owner PID', 'unshare-user', 'clone-user', 'change-personality', 'read-keys'],
  ...['make-shared-memory', 'make-message-queue', 'give-key 0'],
  ...['type-ahead', 'make-dumpable', 'make-set-user-id', 'own owner', 'own attribute', 'own fifo'],
  ...['name-in-message socketpair 2 sendmsg PATH', 'name-in-message socketpair 3 sendmmsg PATH'],
  ...['name-in-message socket 2 sendmsg PATH', 'name-in-message socket 2 sendmmsg 9'],
  ...['hold-lock flock FILE', 'hold-lock shared FILE', 'hold-lock record FILE', 'hold-lock open-record FILE'],
  'hold-lock lease FILE',
];

/** Of one call alone, and no boundary: what a session does to itself and to files of its own user. */
const OF_ONE_CALL: readonly string[] = [
  'make-dumpable',
  'make-set-user-id',
  'own owner',
  'own attribute',
  'own fifo',
];

/** The calls that make each of them possible beside our groups. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'code-in-memory 0': ['memfd_create'],
  'code-in-memory 8': ['memfd_create'],
  'make-dumpable': ['prctl'],
  'make-set-user-id': ['fchmod'],
  'own owner': ['chown'],
  'own attribute': ['setxattr'],
  'own fifo': ['mknodat'],
  'name-in-message socketpair 2 sendmsg PATH': ['socketpair'],
  'name-in-message socketpair 3 sendmmsg PATH': ['socketpair'],
  'name-in-message socket 2 sendmsg PATH': ['socket'],
  'name-in-message socket 2 sendmmsg 9': ['socket'],
  'hold-lock flock FILE': ['flock'],
  'hold-lock shared FILE': ['flock'],
  'hold-lock record FILE': ['fcntl'],
  'hold-lock open-record FILE': ['fcntl'],
};
