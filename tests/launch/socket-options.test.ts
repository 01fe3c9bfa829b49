import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { launch } from '../support/launch.ts';
import { portcullis } from '../support/portcullis.ts';
import { serveBuiltProbes, serveProbes, writeProbePolicy } from '../support/probe-program.ts';
import { suiteProbes } from '../support/suite-probes.ts';
import { freeUser } from '../support/users.ts';

const { folder, program } = suiteProbes();
const UID = freeUser();

const OPTIONS =
  'backlog: 7, keepalive: { idle: 61s, interval: 11s, count: 4 }, nodelay: true, receive-buffer: 20KiB, send-buffer: 24KiB';

/** The kernel doubles the size of a buffer for its own records. */
const SEEN = ['keepalive 1', 'idle 61', 'interval 11', 'count 4', 'nodelay 1', 'receive 40960', 'send 49152'];

/** The queue of the listener on a port: the second number of ss(8). */
function queueOf(port: number): string | undefined {
  const text = execFileSync('ss', ['-Hltn', `sport = :${port}`], { encoding: 'utf8' });
  return text.trim().split(/\s+/)[2];
}

describe('the options of a listener', () => {
  test.each([
    ['run', () => serveProbes(folder, program, { options: OPTIONS })],
    ['an executable of its own', () => serveBuiltProbes(folder, program, { options: OPTIONS })],
    [
      'run without root',
      () => {
        const lines = [`user: ${UID}`, `group: ${UID}`];
        const policy = { options: OPTIONS, lines };
        return serveProbes(folder, program, policy, { args: ['--unprivileged'], uid: UID });
      },
    ],
  ])('are those of the connections of %s, and its queue', async (_, serve) => {
    await using service = await serve();
    expect(queueOf(service.port)).toBe('7');
    expect((await service.attempt('show-options')).split('\n')).toEqual(SEEN);
  });

  test('are the kernel’s where none is written', async () => {
    await using service = await serveProbes(folder, program);
    const seen = await service.attempt('show-options');
    expect(seen).toContain('keepalive 0');
    expect(seen).toContain('nodelay 0');
    expect(queueOf(service.port)).not.toBe('7');
  });

  test('defer-accept starts no session before the client has sent something', async () => {
    await using service = await serveProbes(folder, program, { options: 'defer-accept: 30s' });
    const silent = await dial(service.port);
    expect(await service.attempt('show-directory')).toBe('/');
    expect(service.launch.events.filter(({ event }) => event === 'start')).toHaveLength(1);
    silent.destroy();
  });

  test('device: peers of another interface find nobody', async () => {
    const prefix = [
      'unshare',
      '--net',
      'sh',
      '-ec',
      'ip link set lo up; ip link add other type veth; exec "$@"',
      'sh',
    ];
    const visit = async (device: string): Promise<string> => {
      await using service = await serveProbes(folder, program, { options: `device: ${device}` }, { prefix });
      const inside = ['--net', `--target=${service.launch.process.pid}`, program, 'visit'];
      const client = spawn('nsenter', [...inside, '::ffff:127.0.0.1', '::ffff:127.0.0.1', `${service.port}`]);
      const answer = await new Promise((resolve) => {
        client.stdout.once('data', resolve);
        client.once('close', () => resolve('nobody is there'));
      });
      client.stdin.end();
      return String(answer).trim();
    };
    expect(await visit('lo')).toBe('served');
    expect(await visit('other')).toBe('nobody is there');
  });

  test.each([
    ['device: no-such-one', /:3:\d+: error: this host has no interface 'no-such-one' \[unknown-interface\]/],
    [
      'receive-buffer: 512MiB',
      /:3:\d+: error: 'receive-buffer' is 536870912, and net\.core\.rmem_max is \d+, .* \[receive-buffer-above-limit\]/,
    ],
  ])('%s: the launch names the line and what this host has', async (options, message) => {
    const { file } = writeProbePolicy(folder, program, { options });
    const started = launch([file]);
    expect((await started.exited).code).not.toBe(0);
    expect(started.stderr).toMatch(message);
    expect(started.stderr).toContain(`${file}:3`);
  });

  test('an executable ends at the step of a buffer that its host makes smaller', async () => {
    const { file } = writeProbePolicy(folder, program, { options: 'receive-buffer: 512MiB' });
    const executable = `${file}.executable`;
    expect((await portcullis(['build', file, '-o', executable])).code).toBe(0);
    const { status, stderr } = spawnSync(executable, { encoding: 'utf8' });
    expect(status).toBe(125);
    expect(stderr).toMatch(/not started: getsockopt .*probe-\d+\.yaml:3/s);
  });
});
