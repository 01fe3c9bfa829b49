import { describe, expect, test } from 'vitest';
import { buildPeers, inOwnNetwork, Peers } from '../access/support/peers.ts';
import { type ProbedService, serveProbes } from '../support/probe-program.ts';
import { refusalsOf, sumOf } from '../support/refusals.ts';
import { suiteProbes } from '../support/suite-probes.ts';

const { folder, program } = suiteProbes();
const peersProgram = buildPeers(folder);

const VISITS = 200;
const SERVED = 'show-directory: /';

/** Addresses that are spread over a prefix: those of a step that is prime to the size meet late. */
const ATTACKERS: Readonly<Record<string, (visit: number) => string>> = {
  'an IPv6 /32': (visit) => `2001:db8:${((visit * 40_503) % 65_536).toString(16)}:${visit}::1`,
  'an IPv4 /16': (visit) => `10.9.${(visit * 167) % 256}.${visit % 250}`,
};

/** Its answers are those of ten strangers, each of another network, and at last of one who has crashed before the flood. */
async function flood({ launch, port }: ProbedService, from: (visit: number) => string) {
  using peers = new Peers(peersProgram, ['nsenter', '--net', `--target=${launch.process.pid}`]);
  const third = '198.51.100.7';
  await peers.ask(`ask ${third} ${port} signal-abort`);
  await launch.waitFor(({ event }) => event === 'end');
  const strangers: string[] = [];
  for (let visit = 0; visit < VISITS; visit += 1) {
    await peers.ask(`ask ${from(visit)} ${port} signal-abort`);
    if (visit % 20 === 19)
      strangers.push(...(await peers.ask(`ask 172.${visit}.0.1 ${port} show-directory`)));
  }
  const [known] = await peers.ask(`ask ${third} ${port} show-directory`);
  const sessions = (): number => launch.events.filter(({ event }) => event === 'start').length;
  await expect.poll(() => sessions() + sumOf(refusalsOf(launch, 'penalty'))).toBe(VISITS + 12);
  return { strangers: new Set(strangers), known, sessions: sessions() };
}

describe.each(Object.entries(ATTACKERS))('a flood from %s', (_, from) => {
  test('has as many sessions as it likes without limits.penalties, and few with them', async () => {
    const limits = (more: string): object => ({ host: '[::]', lines: [`limits: { drain: 200ms${more} }`] });
    const prefix = inOwnNetwork();
    {
      await using open = await serveProbes(folder, program, limits(''), { prefix });
      expect(await flood(open, from)).toEqual({
        strangers: new Set([SERVED]),
        known: SERVED,
        sessions: VISITS + 12,
      });
    }
    await using service = await serveProbes(
      folder,
      program,
      limits(', penalties: { crash: 300s, min: 15s }'),
      { prefix },
    );
    const { strangers, known, sessions } = await flood(service, from);
    expect([...strangers, known]).toEqual([SERVED, '']);
    expect(sessions).toBeLessThan(100);
  });
});
