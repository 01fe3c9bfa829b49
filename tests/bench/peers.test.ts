import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BenchFolder } from '../../bench/folder.ts';
import { freePort } from '../../bench/free-port.ts';
import { peersPart } from '../../bench/page.ts';
import { readPeersOptions } from '../../bench/peers/options.ts';
import { isPeersValid, type PeersReport, peersText, peersVerdicts } from '../../bench/peers/report.ts';
import { PeerTools } from '../../bench/peers/tools.ts';
import { benchPeers } from '../../bench/peers.ts';
import { Running } from '../../bench/running.ts';
import { Installed } from '../support/installed.ts';
import { TestFolder } from '../support/test-folder.ts';

function options(...args: readonly string[]) {
  const read = readPeersOptions(args);
  if (read === undefined) throw new Error('expected options');
  return read;
}

test('no session and no client has what is of another peer, and a victim no more than the factor', async () => {
  const report = await benchPeers(
    options('--rounds', '2', '--trips', '100', '--peers', '8', '--seconds', '2', '--forged', '5'),
    new AbortController().signal,
    () => undefined,
  );
  expect([report.bareUs.length, report.gateUs.length]).toEqual([2, 2]);
  expect(report.gateTripUs).toBeGreaterThan(0.5);
  expect(report.interleaved).toMatchObject({ wrong: 0, foreign: 0 });
  expect(report.interleaved.good).toBeGreaterThan(100);
  // Some have made way for others.
  expect(report.interleaved.peers).toBeGreaterThan(8);
  const [one, three, bare] = report.forged;
  expect(one?.received).toBeLessThanOrEqual(one?.sent ?? 0);
  expect(three?.received).toBeLessThanOrEqual(3 * (three?.sent ?? 0));
  expect(three?.received).toBeGreaterThan(one?.received ?? Number.NaN);
  // The same requests to a service that nothing bounds.
  expect(bare?.received).toBeGreaterThan(10 * (bare?.sent ?? Number.NaN));
  expect(isPeersValid(report)).toBe(true);
  expect(peersPart(report)).toContain('| datagrams of another peer in a session: 0 | 0 | reached |');
}, 120_000);

test('a gate that takes all ports of an address for one peer is seen', async () => {
  using folder = new TestFolder();
  const installed = new Installed(folder);
  installed.changeGate([
    { file: 'peers.c', from: ' | ends->peer.port;', to: ';' },
    { file: 'peers.c', from: 'a->peer.port == b->peer.port && ', to: '' },
  ]);
  const bench = new BenchFolder();
  const running = new Set<Running>();
  try {
    const program = join(installed.path, 'portcullis.js');
    const tools = new PeerTools(bench, new AbortController().signal, program);
    const port = await freePort();
    const command = tools.gate(port, '127.0.0.1', 1, 0);
    await Running.start('gate', port, command, running, async () => (await tools.trips(port, 1)).good > 1);
    // The first session ends before the others come.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const { foreign, wrong } = await tools.peers(port, 2, 1, 0);
    expect(foreign).toBeGreaterThan(0);
    expect(wrong).toBeGreaterThan(0);
  } finally {
    await Promise.all([...running].map((server) => server.stop()));
    bench[Symbol.dispose]();
  }
}, 120_000);

test('wrong options are refused with what was expected', () => {
  expect(() => options('--peers', '1')).toThrow('--peers: expected a number from 2 to 2048');
  expect(() => options('--seconds', '0')).toThrow('--seconds: expected a number from 1');
});

describe('a report', () => {
  const trips = { good: 100, wrong: 0, foreign: 0, lost: 0, peers: 10, p50_us: 0 };
  const report: PeersReport = {
    host: { date: '2026-11-30', processor: 'x', cores: 2, kernel: '6.18', libc: 'glibc', node: '20' },
    options: options(),
    bareUs: [10],
    gateUs: [20],
    gateTripUs: 5,
    interleaved: trips,
    forged: [
      { server: 'gate-built', amplification: 1, sent: 100, received: 100 },
      { server: 'bare', sent: 100, received: 5000 },
    ],
  };
  const missed = (changed: Partial<PeersReport>) =>
    peersVerdicts({ ...report, ...changed })
      .filter(([, , reached]) => !reached)
      .map(([target]) => target);

  test('says which bars are missed', () => {
    expect(missed({})).toEqual([]);
    expect(missed({ gateUs: [31] })).toEqual(['one peer: at most 3 x bare']);
    expect(missed({ interleaved: { ...trips, wrong: 1, foreign: 1 } })).toHaveLength(2);
    expect(
      missed({ forged: [{ server: 'gate-built', amplification: 1, sent: 100, received: 101 }] }),
    ).toEqual(['forged requests: at most 1 x their bytes to the victim']);
  });

  test('without answers or a flood is invalid', () => {
    expect(isPeersValid(report)).toBe(true);
    const silent = {
      ...report,
      forged: [{ server: 'gate-built', amplification: 1, sent: 100, received: 0 }],
    };
    const harmless = { ...report, forged: [{ server: 'bare', sent: 100, received: 100 }] };
    for (const invalid of [silent, harmless, { ...report, interleaved: { ...trips, good: 0 } }]) {
      expect(isPeersValid(invalid)).toBe(false);
      expect(peersText(invalid)).toContain('invalid');
    }
  });
});
