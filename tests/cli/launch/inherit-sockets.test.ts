import { describe, expect, test } from 'vitest';
import { inheritSockets, type Starter } from '../../../src/cli/launch/inherit-sockets.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import { printedProblems } from '../../support/golden-policies.ts';

const TEXT = `portcullis: 1
service: web
listen:
  - { address: "tcp://:80", inherit: http }
  - tcp://:81
  - { address: unix:/run/web/socket, inherit: local }
run: [/bin/cat]
`;

function web(): Policy {
  const { policy, diagnostics } = parsePolicy(TEXT, 'web.yaml');
  if (policy === undefined) throw new Error(JSON.stringify(diagnostics));
  return policy;
}

function starter(environment: Starter['environment'], closed: readonly number[] = []): Starter {
  return { environment, pid: 42, isSocket: (descriptor) => !closed.includes(descriptor) };
}

const RIGHT = { LISTEN_PID: '42', LISTEN_FDS: '2', LISTEN_FDNAMES: 'local:http' };

describe('inheritSockets', () => {
  test('gives each listener the socket of its name', () => {
    const policy = web();
    const { taken, diagnostics } = inheritSockets([policy], starter(RIGHT));
    expect(diagnostics).toEqual([]);
    expect(taken.get(policy)?.map(({ from }) => from)).toEqual([4, 3]);
  });

  test('asks for nothing where nothing is passed to this process and no policy inherits', () => {
    for (const environment of [{}, { ...RIGHT, LISTEN_PID: '41' }])
      expect(inheritSockets([], starter(environment)).diagnostics).toEqual([]);
  });

  test('says what was passed, and how to pass what is missing', async () => {
    const cases: readonly (readonly [what: string, starter: Starter])[] = [
      ['nothing is passed', starter({})],
      ['another process', starter({ ...RIGHT, LISTEN_PID: '41' })],
      ['a number that is none', starter({ ...RIGHT, LISTEN_PID: '42x' })],
      ['no count', starter({ LISTEN_PID: '42' })],
      ['a count of 0', starter({ LISTEN_PID: '42', LISTEN_FDS: '0' })],
      ['no names', starter({ LISTEN_PID: '42', LISTEN_FDS: '1' })],
      ['too few names', starter({ ...RIGHT, LISTEN_FDNAMES: 'local' })],
      ['another name', starter({ ...RIGHT, LISTEN_FDNAMES: 'local:web.socket' })],
      ['one name twice', starter({ LISTEN_PID: '42', LISTEN_FDS: '3', LISTEN_FDNAMES: 'local:http:http' })],
      ['a closed descriptor', starter(RIGHT, [4])],
      ['one more', starter({ LISTEN_PID: '42', LISTEN_FDS: '3', LISTEN_FDNAMES: 'local:http:spare' })],
    ];
    const printed = cases.map(([what, passed]) => {
      const { diagnostics } = inheritSockets([web()], passed);
      return `# ${what}\n${printedProblems(diagnostics, TEXT)}`;
    });
    await expect(printed.join('\n')).toMatchFileSnapshot('golden/inherit-sockets.txt');
  });

  test('ends a launch that inherits nothing when something is passed to it', () => {
    const [surplus] = inheritSockets(
      [],
      starter({ LISTEN_PID: '42', LISTEN_FDS: '1', LISTEN_FDNAMES: 'spare' }),
    ).diagnostics;
    expect(surplus?.message).toBe("the socket 'spare' is passed, and no listener takes it");
    const [wrong] = inheritSockets([], starter({ LISTEN_PID: '42', LISTEN_FDS: 'many' })).diagnostics;
    expect(wrong?.code).toBe('inherit-surplus');
  });
});
