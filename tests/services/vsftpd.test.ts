import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { Dialogue } from '../support/dialogue.ts';
import { accepted } from '../support/findings.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { freePort } from '../support/ports.ts';
import { ask, buildProbes } from '../support/probe-program.ts';
import { endOf, expectNoneKilled } from './support/session-ends.ts';
import { type ShippedService, serveShipped } from './support/shipped-service.ts';

const LARGE = randomBytes(20_000_000);

interface Served extends ShippedService {
  readonly url: (path: string, host?: string) => string;
}

/** There are files to give away and one that is not. */
async function serve(changes: Readonly<Record<string, string>> = {}): Promise<Served> {
  const service = await serveShipped({
    policy: 'vsftpd.yaml',
    listen: '[::]:21',
    root: '/srv/vsftpd',
    changes,
    prepare: (root) => {
      mkdirSync(join(root, 'public/sub'));
      writeFileSync(join(root, 'public/large.bin'), LARGE);
      writeFileSync(join(root, 'public/sub/small'), 'small\n');
      writeFileSync(join(root, 'public/private'), 'not for clients\n', { mode: 0o600 });
      symlinkSync('../../../../etc', join(root, 'public/link'));
    },
  });
  return { ...service, url: (path, host = '127.0.0.1') => `ftp://${host}:${service.port}/${path}` };
}

function curl(...args: readonly string[]): SpawnSyncReturns<Buffer> {
  return spawnSync('curl', ['-sS', '--max-time', '20', '--path-as-is', ...args], { maxBuffer: 1e9 });
}

function lftp(commands: string): SpawnSyncReturns<string> {
  const settings = 'set net:max-retries 1; set net:timeout 10; set cmd:fail-exit no';
  return spawnSync('lftp', ['-c', `${settings}; ${commands}`], { encoding: 'utf8', timeout: PATIENCE_MS });
}

async function logIn(port: number, user = 'anonymous'): Promise<Dialogue> {
  const commands = await Dialogue.open(port);
  await commands.say(`USER ${user}`);
  return commands;
}

/** Where the session waits for a connection for data. */
async function passivePort(commands: Dialogue): Promise<number> {
  const reply = await commands.say('EPSV');
  return Number(/\|\|\|(\d+)\|/.exec(reply)?.[1]);
}

describe('policies/vsftpd.yaml', () => {
  test('opens the boundary that a listener for data needs and says so; there is nothing else to find', async () => {
    await using served = await serve();
    expect(await accepted(served.policy)).toEqual(
      ['setsockopt', 'bind', 'listen'].map((call) => `boundary-opened: ${call}: opens the handed socket`),
    );
  });

  test('curl lists and gets files, whole and in part, in both passive ways, over IPv4 and IPv6', async () => {
    await using served = await serve();
    const { root, url } = served;
    expect(curl('-l', url('')).stdout.toString().split(/\r?\n/).sort()).toEqual([
      '',
      'large.bin',
      'link',
      'private',
      'sub',
    ]);
    mkdirSync(join(root, 'public/many'));
    for (let number = 0; number < 2000; number++) writeFileSync(join(root, `public/many/${number}`), '');
    expect(curl('-l', url('many/')).stdout.toString().split('\n')).toHaveLength(2001);
    expect(curl(url('sub/')).stdout.toString()).toMatch(/^-rw-r--r-- .* 6 .* small\r?\n$/);
    for (const [host, option] of [
      ['127.0.0.1', '--ftp-pasv'],
      ['127.0.0.1', '--disable-epsv'],
      ['[::1]', '--ftp-pasv'],
    ] as const)
      expect(curl(option, url('large.bin', host)).stdout.equals(LARGE), `${option} ${host}`).toBe(true);
    const part = curl('-r', '1000-1999', url('large.bin')).stdout;
    expect(part.equals(LARGE.subarray(1000, 2000))).toBe(true);
    expect(curl('-B', url('sub/small')).stdout.toString()).toBe('small\n');
    expect(curl('-I', url('large.bin')).stdout.toString()).toContain('Content-Length: 20000000');
    expect(curl('-o', '/dev/null', url('missing'))).toMatchObject({ status: 78 });
    await expectNoneKilled(served);
  });

  test('lftp mirrors the tree and gets a file in three pieces at once', async () => {
    await using served = await serve();
    const { folder, url } = served;
    const copy = join(folder.path, 'copy');
    const { stderr } = lftp(`mirror --no-symlinks ${url('')} ${copy}`);
    expect(stderr).toMatch(/^mirror: Access failed: 550 Failed to open file. \(private\)$/m);
    expect(readFileSync(join(copy, 'large.bin')).equals(LARGE)).toBe(true);
    expect(readFileSync(join(copy, 'sub/small'), 'utf8')).toBe('small\n');
    const pieces = join(folder.path, 'pieces');
    expect(lftp(`pget -n 3 ${url('large.bin')} -o ${pieces}`).stderr).toBe('');
    expect(readFileSync(pieces).equals(LARGE)).toBe(true);
    await expectNoneKilled(served);
  });

  test('nothing is written, and nobody but the anonymous user is let in', async () => {
    await using served = await serve();
    const { policy, root, url, port } = served;
    chmodSync(join(root, 'public'), 0o777);
    expect(curl('-T', policy, url('new'))).toMatchObject({ status: 25 });
    using commands = await logIn(port);
    for (const command of [
      'STOR new',
      'APPE sub/small',
      'STOU',
      'DELE large.bin',
      'MKD new',
      'RMD sub',
      'RNFR large.bin',
      'SITE CHMOD 777 large.bin',
    ])
      expect(await commands.say(command), command).toBe('550 Permission denied.');
    expect(await commands.say('MDTM 20200101000000 large.bin')).toMatch(/^550 /);
    expect(readdirSync(join(root, 'public')).sort()).toEqual(['large.bin', 'link', 'private', 'sub']);
    using other = await logIn(port, 'root');
    expect(await other.say('PASS word')).toMatch(/^503 /);
    expect(await other.say('RETR sub/small')).toMatch(/^530 /);
    expect(await other.say('USER nobody')).toBe('530 This FTP server is anonymous only.');
    commands.socket.end();
    other.socket.end();
    await expectNoneKilled(served);
  });

  test('no way leads out of the root, and its own files are not given away', async () => {
    await using served = await serve();
    const { root, url } = served;
    const libraries = readdirSync(join(root, 'lib/x86_64-linux-gnu'));
    expect(libraries).toContain('libc.so.6');
    for (const path of [
      '../../../../etc/hostname',
      '%2fetc/hostname',
      '../etc/passwd',
      '%2fetc/passwd',
      'link/passwd',
      '%2fusr/sbin/vsftpd',
      '%2flib/x86_64-linux-gnu/libc.so.6',
      '%2fproc/self/maps',
      'private',
    ]) {
      const { status, stdout } = curl(url(path));
      expect([status === 0, stdout.length], path).toEqual([false, 0]);
    }
    expect(curl(url('%2f')).stdout.toString()).not.toContain('home');
    await expectNoneKilled(served);
  });

  test('it connects to nobody, and data is for the address of the client only', async () => {
    await using served = await serve();
    let reached = 0;
    const victim = createServer(() => {
      reached += 1;
    });
    const victimPort = freePort();
    await new Promise<void>((resolve) => victim.listen(victimPort, '127.0.0.1', resolve));
    using commands = await logIn(served.port);
    const halves = `${victimPort >> 8},${victimPort & 255}`;
    expect(await commands.say(`PORT 127,0,0,1,${halves}`)).toBe('550 Permission denied.');
    expect(await commands.say(`EPRT |1|127.0.0.1|${victimPort}|`)).toBe('550 Permission denied.');
    expect(await commands.say('RETR sub/small')).toBe('425 Use PORT or PASV first.');
    expect(reached).toBe(0);
    victim.close();

    const port = await passivePort(commands);
    expect(port).toBeGreaterThanOrEqual(61_000);
    expect(port).toBeLessThan(62_000);
    const thief = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
    thief.on('error', () => undefined);
    await new Promise<void>((resolve) => thief.once('connect', resolve));
    expect(await commands.say('RETR sub/small')).toBe('425 Security: Bad IP connecting.');
    thief.destroy();
    commands.socket.end();
    await expectNoneKilled(served);
  });

  test('clients that leave in the middle cost their own session only; so do long and senseless commands', async () => {
    await using served = await serve();
    const { port, url, running } = served;
    using cutting = await logIn(port);
    await cutting.say('TYPE I');
    const data = await dial(await passivePort(cutting));
    expect(await cutting.say('RETR large.bin')).toMatch(/^150 /);
    data.resetAndDestroy();
    expect(await cutting.reply()).toBe('426 Failure writing network stream.');
    expect(await cutting.say(`\0\xff${'x'.repeat(3000)}`)).toBe('500 Unknown command.');
    expect(await cutting.say('x'.repeat(100_000))).toBe('500 Input line too long.');

    using leaving = await logIn(port);
    await leaving.say('TYPE I');
    const untaken = await dial(await passivePort(leaving));
    untaken.pause();
    expect(await leaving.say('RETR large.bin')).toMatch(/^150 /);
    leaving.socket.resetAndDestroy();
    untaken.destroy();
    for (const session of [1, 2])
      await running.waitFor((event) => event['event'] === 'end' && event['session'] === session);
    expect(curl(url('sub/small')).stdout.toString()).toBe('small\n');
    await expectNoneKilled(served);
  });

  test('several clients get at once', async () => {
    await using served = await serve();
    const { folder, url } = served;
    const clients = [1, 2, 3, 4, 5, 6].map((number) => {
      const client = spawn('curl', ['-sS', '-o', join(folder.path, `got${number}`), url('large.bin')]);
      return new Promise((resolve) => client.on('close', resolve));
    });
    expect(new Set(await Promise.all(clients))).toEqual(new Set([0]));
    for (const number of [1, 2, 3, 4, 5, 6])
      expect(readFileSync(join(folder.path, `got${number}`)).equals(LARGE)).toBe(true);
    await expectNoneKilled(served);
  });

  test('a client that says nothing is sent away', async () => {
    await using served = await serve({ 'idle_session_timeout=120': 'idle_session_timeout=1' });
    using idle = await logIn(served.port);
    expect(await idle.reply()).toBe('421 Timeout.');
    await expectNoneKilled(served);
  });

  test('a session that a client has taken over dials nobody, which only the filter keeps it from', async () => {
    const target = createServer((socket) => socket.destroy());
    const targetPort = freePort();
    await new Promise<void>((resolve) => target.listen(targetPort, '127.0.0.1', resolve));
    for (const [filter, outcome] of [
      ['kernel: "6.1"', 'denied'],
      ['kernel: "6.1"\n  default: allow', 'done'],
    ] as const) {
      await using served = await serve({ 'kernel: "6.1"': filter });
      copyFileSync(buildProbes(served.folder), join(served.root, 'usr/sbin/vsftpd'));
      for (const probe of ['dial', 'dial-multipath', 'send-datagram']) {
        const { text, from } = await ask(served.port, `${probe} ${targetPort}`);
        const start = await served.running.waitFor(({ event, port }) => event === 'start' && port === from);
        const end = await served.running.waitFor(
          ({ event, session }) => event === 'end' && session === start['session'],
        );
        expect(endOf(served, end) ?? text, probe).toBe(outcome);
      }
    }
    target.close();
  });
});
