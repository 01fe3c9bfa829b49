import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TestFolder } from '../support/launch.ts';

const RUN = new URL('../../bench/run.js', import.meta.url).pathname;

interface Report {
  readonly servers: readonly {
    readonly name: string;
    readonly connections: number;
    readonly failures: number;
    readonly perSecond: readonly number[];
    readonly firstByteUs: readonly number[];
    readonly startMs: readonly number[];
    readonly memory: readonly { readonly process: string; readonly rssKb: number }[];
  }[];
}

describe('the benchmark', () => {
  test('every connection of the gate and of the bare loop is answered right', () => {
    using folder = new TestFolder();
    const file = join(folder.path, 'report.json');
    const counts = ['--rounds', '1', '--seconds', '0', '--connections', '200'];
    const args = ['--only', 'gate,bare', ...counts, '--json', file];
    execFileSync(process.execPath, [RUN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const { servers } = JSON.parse(readFileSync(file, 'utf8')) as Report;
    expect(servers.map(({ name, failures }) => ({ name, failures }))).toEqual([
      { name: 'gate', failures: 0 },
      { name: 'bare', failures: 0 },
    ]);
    for (const server of servers) {
      expect(server.connections).toBeGreaterThanOrEqual(400);
      for (const figures of [server.perSecond, server.firstByteUs, server.startMs])
        expect(figures.every((figure) => figure > 0)).toBe(true);
    }
    expect(servers[0]?.memory.map(({ process }) => process)).toContain('inner gate');
  });

  test('wrong use is one line', () => {
    const { status, stderr } = spawnSync(process.execPath, [RUN, '--rounds', 'x'], { encoding: 'utf8' });
    expect(stderr).toMatch(/^bench: --rounds: expected a number .*\n$/);
    expect(status).toBe(1);
  });
});
