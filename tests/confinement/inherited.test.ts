import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PATIENCE_MS } from '../support/patience.ts';
import { NODE, PROGRAM } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { buildProbes, PROBE_UID } from '../support/probe-program.ts';
import { TestFolder } from '../support/test-folder.ts';
import { ORDINARY_UID } from './support/ground.ts';

let folder: TestFolder;
let program: string;
let files = 0;

beforeAll(() => {
  folder = new TestFolder();
  program = buildProbes(folder);
});
afterAll(() => folder[Symbol.dispose]());

type Kind = 'datagram' | 'udp' | 'udp6' | 'raw' | 'netlink' | 'tcp' | 'packet' | 'stream';

/** What the receiver is called: a path of its own, or a port of the host. */
function nameFor(kind: Kind): string {
  return kind === 'datagram' ? join(folder.path, `receiver-${++files}`) : String(freePort());
}

function hand(kind: Kind, name: string, descriptor: number, command: readonly string[]) {
  const { stdout, stderr } = spawnSync(program, ['hand', kind, name, String(descriptor), ...command], {
    env: { PATH: '/usr/bin:/bin' },
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
  return { arrived: stdout, said: stderr };
}

/** A policy with nothing but the calls that the attack makes, which `check` has nothing against. */
function policy(descriptor: number, name: string, uid: number): string {
  const lines = [
    'portcullis: 1',
    'service: inherited',
    `run: ${JSON.stringify([program, 'send-to-name', String(descriptor), name])}`,
    `user: ${uid}`,
    `group: ${uid}`,
    'network: none',
    'seccomp: { rules: ["@start", "@stdio", "@socket"] }',
  ];
  return folder.write(`inherited-${++files}.yaml`, `${lines.join('\n')}\n`);
}

function built(file: string, ...args: readonly string[]): string {
  const executable = file.replace(/\.yaml$/, '');
  const { status, stderr } = spawnSync(NODE, [PROGRAM, 'build', ...args, file, '-o', executable], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return executable;
}

function as(uid: number): readonly string[] {
  return ['/usr/bin/setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--'];
}

const PLACES: Readonly<Record<string, (descriptor: number, name: string) => readonly string[]>> = {
  'that root wraps': (descriptor, name) => [NODE, PROGRAM, 'run', policy(descriptor, name, PROBE_UID)],
  'that an ordinary user wraps': (descriptor, name) => [
    ...as(ORDINARY_UID),
    ...[NODE, PROGRAM, 'run', '--unprivileged', policy(descriptor, name, ORDINARY_UID)],
  ],
  'of an executable of its own': (descriptor, name) => [built(policy(descriptor, name, PROBE_UID))],
  'of an executable that an ordinary user starts': (descriptor, name) => [
    ...as(ORDINARY_UID),
    built(policy(descriptor, name, ORDINARY_UID), '--unprivileged'),
  ],
};

/** The sockets of the attack, and what arrives when nothing confines the program. */
const SENDING: readonly (readonly [Kind, string])[] = [
  ['datagram', 'forged and a descriptor, status 0\n'],
  ['udp', 'forged, status 0\n'],
];

describe('a message with a name through an inherited socket', () => {
  test.each(SENDING)('%s: arrives if nothing confines the program', (kind, arrives) => {
    for (const descriptor of [0, 1, 2]) {
      const name = nameFor(kind);
      const command = [...as(PROBE_UID), program, 'send-to-name', String(descriptor), name];
      expect(hand(kind, name, descriptor, command).arrived).toBe(arrives);
    }
  });

  test.each(Object.entries(PLACES))('does not start a program %s', (place, commandFor) => {
    const descriptors = place.includes('executable') ? [0, 1, 2] : [0];
    for (const descriptor of descriptors)
      for (const [kind] of SENDING) {
        const name = nameFor(kind);
        const { arrived, said } = hand(kind, name, descriptor, commandFor(descriptor, name));
        expect(arrived).toContain('nothing arrived, status 125\n');
        if (descriptor === 0)
          expect(said).toMatch(
            /queue answered EPROTOTYPE[\s\S]*queue 0 holds[\s\S]*inherits a socket that sends to any address/,
          );
      }
  });

  test('ends the launch with every socket that sends to names, and no other', () => {
    const refused: readonly Kind[] = ['datagram', 'udp', 'udp6', 'raw', 'netlink'];
    const accepted: readonly Kind[] = ['tcp', 'packet', 'stream'];
    for (const kind of [...refused, ...accepted]) {
      const name = nameFor(kind);
      const { arrived } = hand(kind, name, 0, [built(policy(0, name, PROBE_UID))]);
      const ends = refused.includes(kind)
        ? /^nothing arrived, status 125$/m
        : /^nothing arrived, status [04]$/m;
      expect(arrived, kind).toMatch(ends);
    }
  });
});
