import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findings } from '../support/findings.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { type ShippedService, serveShipped } from './support/shipped-service.ts';

const CLIENT = '/usr/lib/nagios/plugins/check_nrpe';
/** A name that no process of the host has but the test's. */
const DAEMON = `agent-${process.pid}`;

async function serve(changes: Readonly<Record<string, string>> = {}): Promise<ShippedService> {
  return await serveShipped({
    policy: 'nrpe.yaml',
    listen: '[::]:5666',
    root: '/srv/nrpe',
    changes: { '-x cron': `-x ${DAEMON}`, ...changes },
  });
}

/** Asks with the client of Debian: what it prints, and the state that a monitor shows. */
function ask({ port }: ShippedService, ...words: readonly string[]): readonly [string, number | null] {
  const options = ['-n', '-H', '127.0.0.1', '-p', String(port)];
  const { stdout, status } = spawnSync(CLIENT, [...options, ...words], {
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
  return [stdout.trim(), status];
}

const [OK, WARNING, UNKNOWN] = [0, 1, 3] as const;

describe('policies/nrpe.yaml', () => {
  test('check finds nothing that is not accepted', async () => {
    await using service = await serve();
    expect(await findings(service.policy)).toEqual([]);
  });

  test('tells a monitor of the processes of the host, as they come and go, and of its load', async () => {
    await using service = await serve();
    const [count, state] = ask(service, '-c', 'processes');
    expect([Number(count) > 5, state]).toEqual([true, OK]);
    expect(ask(service, '-c', 'cron')).toEqual(['0', WARNING]);
    const program = join(service.folder.path, DAEMON);
    copyFileSync('/bin/sleep', program);
    const daemon = spawn(program, ['1000'], { stdio: 'ignore' });
    await expect.poll(() => ask(service, '-c', 'cron')).toEqual(['1', OK]);
    daemon.kill();
    await expect.poll(() => ask(service, '-c', 'cron')).toEqual(['0', WARNING]);
    const [load] = ask(service, '-c', 'load');
    expect(load).toMatch(/scaled load average: \d/);
    const ends = service.running.events.filter(({ event }) => event === 'end' || event === 'denied');
    expect(
      ends.every(({ event, signal }) => event === 'end' && signal === undefined),
      service.running.transcript(),
    ).toBe(true);
    expect(await service.running.stop()).toBe(0);
  });

  test('starts no command that is not in its list, and takes no words for one', async () => {
    await using service = await serve();
    expect(ask(service, '-c', 'shell')).toEqual(["NRPE: Command 'shell' not defined", UNKNOWN]);
    const [answer, state] = ask(service, '-c', 'processes', '-a', '$(id)');
    expect([/uid=/.test(answer), state]).not.toEqual([true, OK]);
    expect(state).not.toBe(OK);
  });

  test('counts its own processes without processes: host, without an error', async () => {
    await using service = await serve({ 'processes: host\n': '' });
    const [count, state] = ask(service, '-c', 'processes');
    expect([Number(count) < 6, state]).toEqual([true, OK]);
  });
});
