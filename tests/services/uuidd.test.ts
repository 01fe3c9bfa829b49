import { execFileSync, spawn } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findings } from '../support/findings.ts';
import { finished } from '../support/finished.ts';
import { type Launch, launch } from '../support/launch.ts';
import { shippedPolicy } from '../support/policy-file.ts';
import { setUp } from '../support/set-up.ts';
import { TestFolder } from '../support/test-folder.ts';

/** Waits until the starter listens. */
async function listening(running: Launch): Promise<void> {
  await expect.poll(() => running.stderr).toContain('Listening on');
}

function numbers(text: string): readonly string[] {
  return text.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [];
}

describe('policies/uuidd.yaml', () => {
  test('takes the socket of its starter, answers clients at once, and goes on after a restart', async () => {
    using folder = new TestFolder();
    const socket = join(folder.path, 'request');
    const policy = shippedPolicy(folder, 'uuidd.yaml', {
      '/srv/uuidd': join(folder.path, 'data'),
      '/run/uuidd/request': socket,
    });
    setUp(policy);
    expect(await findings(policy)).toEqual([]);
    const ask = async (...args: readonly string[]): Promise<readonly string[]> => {
      const client = spawn('uuidd', ['-s', socket, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
      return numbers((await finished(client)).stdout);
    };
    const prefix = ['systemd-socket-activate', '-l', socket, '--fdname=uuidd.socket'];
    const seen: string[] = [];
    for (const _ of ['the first start', 'the second']) {
      await using running = launch([policy], { prefix });
      await listening(running);
      const answers = await Promise.all([
        ask('--time'),
        ask('--random'),
        ask('--random', '--uuids', '7'),
        ask('--time'),
      ]);
      expect(answers.map(({ length }) => length)).toEqual([1, 1, 7, 1]);
      seen.push(...answers.flat());
      expect(await running.stop()).toBe(0);
      expect(running.events.filter(({ event }) => event === 'denied')).toEqual([]);
      expect(running.events.filter(({ event }) => event === 'start')).toHaveLength(1);
      execFileSync('rm', [socket]);
    }
    expect(new Set(seen).size).toBe(20);
    const cards = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    for (const { mac } of cards)
      expect(seen.map((number) => number.slice(-12))).not.toContain(mac.replaceAll(':', ''));
  });
});
