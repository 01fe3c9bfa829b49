import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type Launch, launchReady } from '../support/launch.ts';
import { refusalsOf, sumOf } from '../support/refusals.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

const USER = freeUser();
const folder = new TestFolder();
const program = join(folder.path, 'service');
execFileSync('gcc', ['-static', '-D_GNU_SOURCE', '-o', program, join(import.meta.dirname, 'peer-service.c')]);

/** A network of the launch's own, with several addresses. */
function inOwnNetwork(...before: readonly string[]): readonly string[] {
  const addresses = [
    'ip link set lo up',
    ...['1', '2', '3', '4', '9'].map((last) => `ip address add 10.9.0.${last}/32 dev lo`),
    'ip address add fd00::1/128 dev lo nodad',
    'ip address add fd00::2/128 dev lo nodad',
  ];
  return ['unshare', '--net', 'sh', '-ec', [...addresses, ...before, 'exec "$@"'].join('\n'), 'sh'];
}

interface Service {
  readonly listen: string;
  readonly run?: readonly string[];
  readonly lines?: readonly string[];
}

function policy(service: string, { listen, run = [program], lines = [] }: Service): string {
  const text = [
    'portcullis: 1',
    `service: ${service}`,
    `listen: ${listen}`,
    'handoff: peer',
    `run: ${JSON.stringify(run)}`,
    `user: ${USER}`,
    `group: ${USER}`,
    ...lines,
    'seccomp: { rules: ["@start", "@stdio", getpid] }',
  ];
  return folder.write(`${service}.yaml`, `${text.join('\n')}\n`);
}

/** What a scenario of peer-clients.py saw in the network of a launch. */
async function clients({ process }: Launch, ...scenario: readonly (string | number)[]): Promise<unknown> {
  const script = join(import.meta.dirname, 'peer-clients.py');
  const inside = ['--net', `--target=${process.pid}`, 'python3', script, ...scenario.map(String)];
  return JSON.parse((await promisify(execFile)('nsenter', inside)).stdout);
}

const MANY = 'limits: { sessions: 64, per-source: 64, datagrams: 1000/s, drain: 200ms }';

describe('a service of peers on several addresses', () => {
  test('who asks several addresses has a session of each, answered from the one that was asked', async () => {
    const listen = '["udp://:5001", "udp4://:5002"]';
    await using running = await launchReady([policy('several', { listen, lines: [MANY] })], {
      prefix: inOwnNetwork(),
    });
    for (const port of [5001, 5002]) {
      const said = (await clients(running, 'addresses', port)) as readonly (readonly [
        string | null,
        string,
      ])[];
      const [one, two, again, other] = said.map(([text, from]) => [text?.split(' ') ?? [], from] as const);
      expect([one?.[1], two?.[1], again?.[1]]).toEqual(['10.9.0.1', '10.9.0.2', '10.9.0.1']);
      expect(one?.[0].slice(1)).toEqual(['UDP', '10.9.0.3', '4001', '10.9.0.1', `${port}`]);
      expect(two?.[0].slice(1)).toEqual(['UDP', '10.9.0.3', '4001', '10.9.0.2', `${port}`]);
      expect(again?.[0]).toEqual(one?.[0]);
      expect(two?.[0][0]).not.toBe(one?.[0][0]);
      if (port === 5001) expect(other?.[0].at(-2)).toBe('fd00::2');
      expect(other?.[1]).toBe(port === 5001 ? 'fd00::2' : null);
    }
    await running.stop();
    const locals = running.events.filter(({ event }) => event === 'start').map(({ local }) => local);
    expect(locals).toEqual(['10.9.0.1', '10.9.0.2', 'fd00::2', '10.9.0.1', '10.9.0.2']);
  });

  test('sixteen interleaved peers: no session hears of another peer, and each answer is right', async () => {
    await using running = await launchReady([policy('woven', { listen: '"udp://:5001"', lines: [MANY] })], {
      prefix: inOwnNetwork(),
    });
    expect(await clients(running, 'interleaved', 5001)).toEqual({
      wrong: 0,
      sessions: new Array(16).fill(1),
      apart: 16,
    });
  });
});

describe('requests with forged sources', () => {
  const forged = async (factor: number): Promise<{ readonly sent: number; readonly received: number }> => {
    const lines = [MANY, `amplification: ${factor}`];
    await using running = await launchReady([policy('forged', { listen: '"udp://:5001"', lines })], {
      prefix: inOwnNetwork(),
    });
    const seen = await clients(running, 'forged', 5001);
    await running.stop();
    expect(sumOf(refusalsOf(running, 'amplification'))).toBeGreaterThan(0);
    return seen as { readonly sent: number; readonly received: number };
  };

  test('with amplification: 100 their victim gets many times what the attacker sends', async () => {
    const { sent, received } = await forged(100);
    expect(received).toBeGreaterThan(50 * sent);
  });

  test.each([1, 30])('with amplification: %i it gets at most so many times as much', async (factor) => {
    const { sent, received } = await forged(factor);
    expect(sent).toBeGreaterThan(0);
    expect(received).toBeLessThanOrEqual(factor * sent);
  });

  test('one datagram circles between two echo services of two launches, and not between those of one', async () => {
    const echo = (port: number): string =>
      policy(`echo-${port}`, { listen: `"udp4://10.9.0.1:${port}"`, run: ['/bin/cat'], lines: [MANY] });
    {
      await using one = await launchReady([echo(5001)], { prefix: inOwnNetwork() });
      const beside = ['nsenter', '--net', `--target=${one.process.pid}`];
      await using _two = await launchReady([echo(5002)], { prefix: beside });
      expect(await clients(one, 'loop', 5001, 5002)).toBeGreaterThan(100);
    }
    await using both = await launchReady([echo(5001), echo(5002)], { prefix: inOwnNetwork() });
    expect(await clients(both, 'loop', 5001, 5002)).toBe(0);
    await both.waitFor(({ event }) => event === 'refused');
    expect(refusalsOf(both, 'source-port')).toMatchObject([
      { peer: '10.9.0.1', port: 5001, service: 'echo-5002' },
    ]);
  });
});

describe('an access list on peers', () => {
  test.each([
    ['the kernel keeps', [], 0],
    ['the gate keeps', ['echo 100 > /proc/sys/net/core/optmem_max'], 1],
  ])('that %s: nobody else is answered', async (_, before, told) => {
    const lines = [MANY, 'allow: [10.9.0.3]'];
    await using running = await launchReady([policy('listed', { listen: '"udp://:5001"', lines })], {
      prefix: inOwnNetwork(...before),
    });
    expect(await clients(running, 'stranger', 5001)).toEqual([true, false]);
    await running.stop();
    expect(sumOf(refusalsOf(running, 'access-list'))).toBe(told);
    expect(running.events.filter(({ event }) => event === 'start')).toHaveLength(1);
  });
});
