import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dial, exchange } from '../support/dial.ts';
import { findings } from '../support/findings.ts';
import { expectNoneKilled } from './support/session-ends.ts';
import { type ShippedService, serveShipped } from './support/shipped-service.ts';

const LARGE = randomBytes(5_000_000);

interface Served extends ShippedService {
  /** What is served. */
  readonly www: string;
  readonly url: (path: string, host?: string) => string;
}

/** There are a few files, and one outside of what is served. */
async function serve(changes: Readonly<Record<string, string>> = {}): Promise<Served> {
  const service = await serveShipped({
    policy: 'micro-httpd.yaml',
    listen: '[::]:80',
    root: '/srv/micro-httpd',
    changes,
    prepare: (root) => {
      const www = join(root, 'www');
      mkdirSync(join(www, 'files'));
      mkdirSync(join(www, 'closed'), { mode: 0o700 });
      writeFileSync(join(www, 'index.html'), '<h1>inside</h1>\n');
      writeFileSync(join(www, 'files/large.bin'), LARGE);
      writeFileSync(join(www, 'files/two words.txt'), 'two words\n');
      writeFileSync(join(www, 'files/private'), 'not for clients\n', { mode: 0o600 });
      writeFileSync(join(root, 'outside'), 'outside\n');
    },
  });
  return {
    ...service,
    www: join(service.root, 'www'),
    url: (path, host = '127.0.0.1') => `http://${host}:${service.port}${path}`,
  };
}

function curl(...args: readonly string[]): Buffer {
  return spawnSync('curl', ['-sS', '--max-time', '20', '--path-as-is', ...args], { maxBuffer: 1e8 }).stdout;
}

function status(...args: readonly string[]): string {
  return curl('-o', '/dev/null', '-w', '%{http_code}', ...args).toString();
}

describe('policies/micro-httpd.yaml', () => {
  test('has no problem, not even a warning', async () => {
    await using served = await serve();
    expect(await findings(served.policy)).toEqual([]);
  });

  test('curl gets files, over IPv4 and IPv6, and is led to directories', async () => {
    await using served = await serve();
    const { url } = served;
    expect(curl(url('/')).toString()).toBe('<h1>inside</h1>\n');
    expect(curl(url('/index.html', '[::1]')).toString()).toBe('<h1>inside</h1>\n');
    expect(curl(url('/files/large.bin')).equals(LARGE)).toBe(true);
    expect(curl(url('/files/two%20words.txt')).toString()).toBe('two words\n');
    expect(curl('-i', url('/')).toString()).toMatch(/^HTTP\/1\.0 200 Ok\r\n.*Content-Length: 16\r\n/s);
    expect(curl('-w', '%{redirect_url}', '-o', '/dev/null', url('/files')).toString()).toBe(url('/files/'));
    await expectNoneKilled(served);
  });

  test('a directory is listed, also one with very many files', async () => {
    await using served = await serve();
    const { url, www } = served;
    expect(curl(url('/files/')).toString()).toMatch(/"large\.bin".*"private".*"two%20words\.txt"/s);
    mkdirSync(join(www, 'many'));
    for (let number = 0; number < 20_000; number++) writeFileSync(join(www, `many/${number}`), '');
    expect(
      curl(url('/many/'))
        .toString()
        .match(/^<a href="\d+">/gm),
    ).toHaveLength(20_000);
    await expectNoneKilled(served);
  });

  test('errors are answered, and the log is told of what the client is not', async () => {
    await using served = await serve();
    const { url, port, running, policy } = served;
    expect(status(url('/missing'))).toBe('404');
    expect(status(url('/files/private'))).toBe('403');
    expect(status('-X', 'POST', '-d', 'x=y', url('/'))).toBe('501');
    expect(status('-T', policy, url('/new'))).toBe('501');
    expect(await exchange(port, 'GET\r\n\r\n')).toMatch(/^HTTP\/1\.0 \d+ /);
    expect(await exchange(port, '')).toContain('No request found.');
    expect(await exchange(port, `GET /${'a'.repeat(4000)} HTTP/1.0\r\n\r\n`)).toMatch(/^HTTP\/1\.0 4/);
    expect(curl(url('/closed/')).toString()).not.toContain('Permission denied');
    await running.waitFor(({ event, text }) => event === 'log' && text === 'scandir: Permission denied');
    await expectNoneKilled(served);
  });

  test('no path leads out of what is served, and a link leads no further than the root', async () => {
    await using served = await serve();
    const { url, www } = served;
    for (const path of ['/../outside', '/files/../../outside', '/%2e%2e/outside', '/files/..', '//outside'])
      expect(status(url(path)), path).toBe('400');
    symlinkSync('/etc/hostname', join(www, 'absolute'));
    symlinkSync('../../../../../../etc/hostname', join(www, 'relative'));
    symlinkSync('/outside', join(www, 'inside'));
    for (const path of ['/absolute', '/relative']) expect(status(url(path)), path).toBe('404');
    expect(curl(url('/inside')).toString()).toBe('outside\n');
    await expectNoneKilled(served);
  });

  test('several clients are served at once, and one that leaves ends its own session only', async () => {
    await using served = await serve();
    const { folder, url, port, running } = served;
    const leaving = await dial(port);
    leaving.pause();
    leaving.write('GET /files/large.bin HTTP/1.0\r\n\r\n');
    const clients = [1, 2, 3, 4, 5, 6].map((number) => {
      const client = spawn('curl', ['-sS', '-o', join(folder.path, `got${number}`), url('/files/large.bin')]);
      return new Promise((resolve) => client.on('close', resolve));
    });
    expect(new Set(await Promise.all(clients))).toEqual(new Set([0]));
    for (const number of [1, 2, 3, 4, 5, 6])
      expect(readFileSync(join(folder.path, `got${number}`)).equals(LARGE)).toBe(true);
    leaving.resetAndDestroy();
    await running.waitFor(({ event, session }) => event === 'end' && session === 1);
    expect(curl(url('/')).toString()).toBe('<h1>inside</h1>\n');
    const ends = running.events.filter(
      ({ event, signal_name }) => event === 'denied' || signal_name === 'SIGSYS',
    );
    expect(ends, running.transcript()).toEqual([]);
  });

  test('a client that says nothing has the time of a session', async () => {
    await using served = await serve({ 'time: 10m': 'time: 1s' });
    const silent = await dial(served.port);
    await served.running.waitFor(({ cause }) => cause === 'time');
    silent.destroy();
    expect(status(served.url('/'))).toBe('200');
  });
});
