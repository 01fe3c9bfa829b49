import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { apart } from '../access/support/apart.ts';
import { type LaunchOptions, launch } from '../support/launch.ts';
import { NODE, PROGRAM } from '../support/portcullis.ts';
import { type ProbedService, serveProbes, writeProbePolicy } from '../support/probe-program.ts';
import { suiteProbes } from '../support/suite-probes.ts';
import { freeUser } from '../support/users.ts';

const { folder, program } = suiteProbes();
const UID = freeUser();
const FLOOD = join(import.meta.dirname, 'syn-flood.py');
const HOST = '192.0.2.1';

/** A network of its own with these settings; packets to 10.0.0.0/8 go nowhere, so that nobody refuses what was forged. */
function withSettings(settings: Readonly<Record<string, number>>): readonly string[] {
  const commands = [
    'ip link set lo up',
    `ip address add ${HOST}/32 dev lo`,
    'ip link add nowhere type veth peer name end',
    'ip link set nowhere arp off up',
    'ip link set end up',
    'ip route add 10.0.0.0/8 dev nowhere',
    'for device in all lo nowhere; do echo 0 > /proc/sys/net/ipv4/conf/$device/rp_filter; done',
    ...Object.entries(settings).map(([name, value]) => `echo ${value} > /proc/sys/net/${name}`),
    'exec "$@"',
  ];
  return ['unshare', '--net', 'sh', '-ec', commands.join('\n'), 'sh'];
}

function check(prefix: readonly string[], file: string): readonly Readonly<Record<string, unknown>>[] {
  const script = ['-c', '"$@" || test $? = 1', 'sh', ...prefix, NODE, PROGRAM, 'check', '--json', file];
  return JSON.parse(execFileSync('sh', script, { encoding: 'utf8' }));
}

function inside({ launch: { process } }: ProbedService, ...command: readonly string[]): string {
  return execFileSync('nsenter', ['--net', `--target=${process.pid}`, ...command], { encoding: 'utf8' });
}

describe('settings of the kernel that bound a listener', () => {
  test('a backlog above somaxconn: the kernel shortens it, and check says to what', async () => {
    const prefix = withSettings({ 'core/somaxconn': 16 });
    const { file } = writeProbePolicy(folder, program, { options: 'backlog: 64' });
    expect(check(prefix, file)).toContainEqual(
      expect.objectContaining({
        code: 'backlog-above-limit',
        severity: 'warning',
        message: "'backlog' is 64, and net.core.somaxconn is 16, so 16 connections wait at most",
        span: expect.objectContaining({ line: 3 }),
      }),
    );
    await using service = await serveProbes(folder, program, { options: 'backlog: 64' }, { prefix });
    expect(service.launch.stderr).toContain('backlog-above-limit');
    expect(inside(service, 'ss', '-Hltn', `sport = :${service.port}`)).toMatch(/LISTEN\s+0\s+16\s/);
  });

  test.each([
    [0, 'nobody is there', ['backlog-without-cookies']],
    [1, 'served', []],
  ])('a flood of handshakes with tcp_syncookies = %i: %s', async (cookies, answer, codes) => {
    const prefix = withSettings({ 'ipv4/tcp_syncookies': cookies });
    const policy = { host: HOST, options: 'backlog: 16', run: '/bin/date' };
    await using service = await serveProbes(folder, program, policy, { prefix });
    for (const code of codes) expect(service.launch.stderr).toContain(code);
    expect(service.launch.stderr.includes('backlog-without-cookies')).toBe(codes.length > 0);
    inside(service, 'python3', FLOOD, HOST, String(service.port), '64');
    const client = `socat -u TCP4:${HOST}:${service.port},bind=${HOST},connect-timeout=2 -`;
    const visited = inside(
      service,
      'sh',
      '-c',
      `${client} | grep -q : && echo served || echo nobody is there`,
    );
    expect(visited.trim()).toBe(answer);
  });

  test('a larger buffer than the kernel gives is an error of check, before the launch', () => {
    const { file } = writeProbePolicy(folder, program, { options: 'send-buffer: 1GiB' });
    const problem = check([], file).find(({ severity }) => severity === 'error');
    expect(problem).toMatchObject({ code: 'send-buffer-above-limit', span: { line: 3 } });
    expect(problem?.['message']).toMatch(
      /'send-buffer' is 1073741824, and net.core.wmem_max is \d+, so the launch/,
    );
  });

  test('a longer access list than optmem_max takes stays in the gate, and check says so', () => {
    const many = apart('inet', 900, 28).map(({ text }) => text);
    const { file } = writeProbePolicy(folder, program, { lines: [`allow: [${many.join(', ')}]`] });
    expect(check(withSettings({ 'core/optmem_max': 20_480 }), file)).toContainEqual(
      expect.objectContaining({
        code: 'access-in-gate',
        message: expect.stringContaining(
          'ENOMEM (net.core.optmem_max is 20480); the gate accepts and closes',
        ),
      }),
    );
    expect(check([], file).map(({ code }) => code)).not.toContain('access-in-gate');
  });

  test('a port below ip_unprivileged_port_start moves without root, and stays where the start is lower', async () => {
    const file = folder.write(
      'low.yaml',
      `portcullis: 1\nservice: low\nlisten: tcp://127.0.0.1:507\nrun: [${program}]\nuser: ${UID}\ngroup: ${UID}\n`,
    );
    const started = async (start: number): Promise<string> => {
      const user = ['setpriv', `--reuid=${UID}`, `--regid=${UID}`, '--clear-groups'];
      const prefix = [...withSettings({ 'ipv4/ip_unprivileged_port_start': start }), ...user];
      const options: LaunchOptions = { args: ['--unprivileged'], prefix };
      await using running = launch([file], options);
      await running.waitFor(({ event }) => event === 'ready');
      return running.stderr;
    };
    expect(await started(508)).toMatch(
      /port 507 needs root, since net.ipv4.ip_unprivileged_port_start is 508; .* 10507/,
    );
    expect(await started(507)).not.toContain('port-raised');
  });
});
