import { spawnSync } from 'node:child_process';
import { release } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusesDescriptors } from '../../src/plan/steps/received-descriptors.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { NODE, PROGRAM } from '../support/portcullis.ts';
import { buildProbes, PROBE_UID } from '../support/probe-program.ts';
import { TestFolder } from '../support/test-folder.ts';
import { ORDINARY_UID } from './support/ground.ts';

const TYPES = ['stream', 'datagram', 'packet'] as const;
type Time = 'before' | 'during' | 'after' | 'urgent';

const OPEN = '{ default: allow, rules: [getpid] }';

/** Before Linux 6.16 a peer sends a descriptor whenever it likes, as `check` says. */
const REFUSES = refusesDescriptors({ kernelRelease: release() });
const RECEIVED = 'secret done status 0\n';
const LATE = REFUSES ? 'nothing EPERM status 0\n' : RECEIVED;
const EARLY = REFUSES ? /^(nothing {2}status 0| status 125)$/m : /^(nothing|secret)? +status (0|125)$/m;
/** Datagrams end the launch with every socket, whatever was sent over it: tests/confinement/inherited.test.ts. */
const NOT_STARTED = / status 125\n$/;

let folder: TestFolder;
let program: string;
let files = 0;

beforeAll(() => {
  folder = new TestFolder();
  program = buildProbes(folder);
});
afterAll(() => folder[Symbol.dispose]());

function as(uid: number): readonly string[] {
  return ['/usr/bin/setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--'];
}

/** What a program that inherited a UNIX socket received from root at the other end: a file that only root's group may read. */
function pass(type: string, when: Time, descriptor: number, command: readonly string[]): string {
  const args = ['pass', type, when, String(descriptor), `${program}-of-group`, ...command];
  const { stdout, stderr } = spawnSync(program, args, {
    env: { PATH: '/usr/bin:/bin' },
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
  return stdout + (stderr.includes('its peer sent descriptors') ? 'refused\n' : '');
}

/** A policy that wraps a program that receives; with `again` it first takes back what was refused for it. */
function policy(descriptor: number, uid: number, seccomp = OPEN, again: readonly string[] = []): string {
  const lines = [
    'portcullis: 1',
    'service: received',
    `run: ${JSON.stringify([program, 'receive', String(descriptor), ...again])}`,
    `user: ${uid}`,
    `group: ${uid}`,
    `seccomp: ${seccomp}`,
  ];
  return folder.write(`received-${++files}.yaml`, `${lines.join('\n')}\n`);
}

function built(file: string, ...args: readonly string[]): string {
  const executable = file.replace(/\.yaml$/, '');
  const command = [PROGRAM, 'build', ...args, file, '-o', executable];
  const { status, stderr } = spawnSync(NODE, command, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return executable;
}

const RUN = [NODE, PROGRAM, 'run'];

const PLACES: Readonly<Record<string, (descriptor: number) => readonly string[]>> = {
  'that root wraps': (descriptor) => [...RUN, policy(descriptor, PROBE_UID)],
  'that an ordinary user wraps': (descriptor) => [
    ...as(ORDINARY_UID),
    ...RUN,
    '--unprivileged',
    policy(descriptor, ORDINARY_UID),
  ],
  'of an executable of its own': (descriptor) => [built(policy(descriptor, PROBE_UID))],
  'of an executable that an ordinary user starts': (descriptor) => [
    ...as(ORDINARY_UID),
    built(policy(descriptor, ORDINARY_UID), '--unprivileged'),
  ],
};

describe('a descriptor that a peer sends', () => {
  test.each(TYPES)('over a %s socket is received and used by a program that nothing confines', (type) => {
    for (const descriptor of [0, 1, 2]) {
      const command = [...as(PROBE_UID), program, 'receive', String(descriptor)];
      expect(pass(type, 'before', descriptor, command)).toBe('secret  status 0\n');
      expect(pass(type, 'after', descriptor, command)).toBe(RECEIVED);
    }
    const command = [...as(PROBE_UID), program, 'receive', '0'];
    expect(pass(type, 'during', 0, command)).toBe('secret  status 0\n');
    if (type === 'stream') expect(pass(type, 'urgent', 0, command)).toBe(RECEIVED);
  });

  test.each(Object.entries(PLACES))('to a program %s is not received', (place, commandFor) => {
    const [types, descriptors] = place.includes('executable') ? [TYPES, [0, 1, 2]] : [TYPES.slice(0, 1), [0]];
    for (const descriptor of descriptors) {
      const command = commandFor(descriptor);
      for (const type of types) {
        if (type === 'datagram') {
          for (const when of ['before', 'after', 'during'] as const)
            expect(pass(type, when, descriptor, command)).toMatch(NOT_STARTED);
          continue;
        }
        const why = descriptor === 0 ? 'refused\n' : '';
        expect(pass(type, 'before', descriptor, command)).toBe(` status 125\n${why}`);
        expect(pass(type, 'after', descriptor, command)).toBe(LATE);
        // What is sent early enough ends the launch, the rest is refused.
        expect(pass(type, 'during', descriptor, command)).toMatch(EARLY);
        if (type === 'stream') expect(pass(type, 'urgent', descriptor, command)).toBe(LATE);
      }
    }
  });

  test('is not received by a program that wants to take back what was refused for it', () => {
    const receiver = (seccomp: string): string => built(policy(0, PROBE_UID, seccomp, ['again']));
    // A filter that lets every call through lets this one through, and opens every boundary.
    const opened = REFUSES ? RECEIVED : /status 4$/m;
    expect(pass('stream', 'after', 0, [receiver(OPEN)])).toMatch(opened);
    const confined = receiver('{ rules: ["@start", "@stdio", "@socket"] }');
    expect(pass('stream', 'after', 0, [confined])).toMatch(/^(EPERM|EPIPE|done) status 159$/m);
  });
});
