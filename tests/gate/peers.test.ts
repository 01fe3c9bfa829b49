import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestFolder } from '../support/test-folder.ts';

let folder: TestFolder;
let harness: string;

beforeAll(() => {
  folder = new TestFolder();
  harness = join(folder.path, 'peers');
  const gate = ['entries', 'hash', 'peers'].map((name) => `../../gate/${name}.c`);
  const sources = ['peers-harness.c', ...gate].map((name) => fileURLToPath(new URL(name, import.meta.url)));
  const checks = ['-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
  execFileSync('cc', ['-std=gnu17', '-Wall', '-Wextra', '-Werror', ...checks, '-o', harness, ...sources]);
});
afterAll(() => folder[Symbol.dispose]());

/** Ports, a full table, empty ones, the rate and the budget: each reason has come up, and each time as a search has it. */
test.each([
  [1, 20_000],
  [6, 60_000],
  [200, 100_000],
])('%i peers of datagram sockets are found, judged and idle as a plain search says', (peers, operations) => {
  for (const seed of [1, 2, 3]) {
    const said = execFileSync(harness, [operations, peers, seed].map(String), { encoding: 'utf8' });
    const [served = 0, ...dropped] = (said.match(/\d+/g) ?? []).map(Number);
    expect(served).toBeGreaterThan(operations / 100);
    expect(dropped).toHaveLength(5);
    for (const count of dropped) expect(count).toBeGreaterThan(operations / 1000);
  }
});
