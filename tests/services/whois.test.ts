import { execFile, execFileSync } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { dial, exchange } from '../support/dial.ts';
import { findings } from '../support/findings.ts';
import { endOf, expectAllEndWith } from './support/session-ends.ts';
import { type ShippedService, serveShipped } from './support/shipped-service.ts';

const EXAMPLE = 'inetnum: 192.0.2.0/24\nnetname: EXAMPLE\nremarks: reserved for documentation\n';
const MORE_NETWORKS = `
% A comment, then a line that is no network, then three that are.
inetnum: 192.0.2.0/99

inetnum: 192.0.2.64/26
netname: SMALL

inet6num: 2001:db8::/32
netname: Zoë's

inetnum: 198.51.100.0/24
${'remarks: one of many lines\n'.repeat(20_000)}`;

interface Served extends ShippedService {
  /** Asks with the client of Debian. */
  readonly whois: (query: string, host?: string) => Promise<string>;
}

async function serve(changes: Readonly<Record<string, string>> = {}): Promise<Served> {
  const service = await serveShipped({
    policy: 'whois.yaml',
    listen: '[::]:43',
    root: '/srv/whois',
    changes,
  });
  return {
    ...service,
    whois: async (query, host = '127.0.0.1') =>
      (await promisify(execFile)('whois', ['-h', host, '-p', String(service.port), query])).stdout,
  };
}

describe('policies/whois.yaml', () => {
  test('has no problem, not even a warning', async () => {
    await using served = await serve();
    expect(await findings(served.policy)).toEqual([]);
  });

  test('whois of Debian asks for addresses and networks, over IPv4 and IPv6, several at once', async () => {
    await using served = await serve();
    const { root, whois } = served;
    expect(await whois('192.0.2.1')).toBe(EXAMPLE);
    appendFileSync(join(root, 'networks'), MORE_NETWORKS);
    const expected: readonly (readonly [string, string])[] = [
      ['192.0.2.200', EXAMPLE],
      ['192.0.2.0/25', EXAMPLE],
      ['192.0.2.65', 'inetnum: 192.0.2.64/26\nnetname: SMALL\n'],
      ['192.0.2.64/27', 'inetnum: 192.0.2.64/26\nnetname: SMALL\n'],
      ['2001:db8::7', "inet6num: 2001:db8::/32\nnetname: Zoë's\n"],
      ['203.0.113.9', '% No network here holds that.\n'],
      ['0.0.0.0/0', '% No network here holds that.\n'],
    ];
    for (const host of ['127.0.0.1', '::1'])
      expect(await Promise.all(expected.map(([query]) => whois(query, host)))).toEqual(
        expected.map(([, answer]) => answer),
      );
    expect(await whois('198.51.100.1')).toHaveLength(25 + 27 * 20_000);
    await expectAllEndWith(0, served);
  });

  test('a mistake in the file of networks is a line of the log, and a missing file no answer', async () => {
    await using served = await serve();
    const { root, whois, port, running } = served;
    appendFileSync(join(root, 'networks'), MORE_NETWORKS);
    expect(await whois('192.0.2.65')).toContain('SMALL');
    const log = await running.waitFor(({ event }) => event === 'log');
    expect(log['text']).toContain("'192.0.2.0/99' does not appear to be an IPv4 or IPv6 network");
    execFileSync('rm', [join(root, 'networks')]);
    expect(await exchange(port, '192.0.2.65\r\n')).toBe('');
    await running.waitFor(({ text }) => String(text).includes('FileNotFoundError'));
    expect(await running.waitFor(({ event, session }) => event === 'end' && session === 2)).toMatchObject({
      status: 1,
    });
  });

  test('a query is neither a path nor anything else than an address, however long', async () => {
    await using served = await serve();
    const { port } = served;
    const queries = [
      '',
      '../networks',
      '/whois.py',
      '-V $(id)',
      '%s%n',
      '192.0.2.1/33',
      '\0',
      '\u0661.0.2.1',
    ];
    for (const query of [...queries, `192.0.2.1${' '.repeat(300)}\r\n`.slice(300), '1'.repeat(300)])
      expect(await exchange(port, query), JSON.stringify(query)).toMatch(/^% Ask for an address[^\n]*\r\n$/);
    expect(await exchange(port, `192.0.2.1\n${'more\n'.repeat(40)}`)).toContain('EXAMPLE');
    await expectAllEndWith(0, served);
  });

  test('a client that leaves before its answer is no fault of the script', async () => {
    await using served = await serve();
    const { root, port, running } = served;
    appendFileSync(join(root, 'networks'), MORE_NETWORKS);
    const socket = await dial(port);
    socket.write('198.51.100.1\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    socket.resetAndDestroy();
    await running.waitFor(({ event }) => event === 'end');
    expect(running.events.filter(({ text }) => !String(text).includes('/99'))).not.toContainEqual(
      expect.objectContaining({ event: 'log' }),
    );
    await expectAllEndWith(0, served);
  });

  test('a client that never asks and a script without end cost what limits say', async () => {
    await using served = await serve({ 'time: 10s': 'time: 1s' });
    const { root, port, running } = served;
    const silent = await dial(port);
    await running.waitFor(({ event }) => event === 'start');
    writeFileSync(join(root, 'whois.py'), 'while True: pass\n');
    expect(await exchange(port, '')).toBe('');
    for (const session of [1, 2])
      await running.waitFor((event) => event['session'] === session && event['cause'] === 'time');
    silent.destroy();
  });
});

/** What a client would do that has made the script its own; each says `done` outside. FILE is the data of the service. */
const ATTEMPTS: readonly (readonly [what: string, code: string, outcome: string])[] = [
  ['write a file', 'open("FILE.new", "w")', 'denied'],
  ['change its own data', 'open("FILE", "a")', 'denied'],
  ['start a program', 'os.execv("/usr/bin/python3", ["python3", "-c", "print(\'done\')"])', 'denied'],
  ['be two processes', 'os.fork() or os._exit(0)', 'denied'],
  ['make a socket', 'import _socket; _socket.socket()', 'denied'],
  ['signal a process', 'os.kill(1, 0)', 'denied'],
  ['read what the host has', 'open("/etc/passwd")', 'FileNotFoundError'],
  ['see processes', 'os.listdir("/proc/1")', 'FileNotFoundError'],
  ['take more memory than it may', 'b"x" * 100_000_000', 'MemoryError'],
];

/** A script that makes the attempt, and says how it went. */
function attempting(code: string, file: string): string {
  return `import os
try:
    ${code.replace('FILE', file)}
    print("done")
except Exception as problem:
    print(type(problem).__name__)
`;
}

describe('a script that a client has taken over', () => {
  test.each(ATTEMPTS)('cannot %s, as it could elsewhere', async (_, code, outcome) => {
    await using served = await serve();
    const { root, port, running } = served;
    const elsewhere = ['-I', '-S', '-c', attempting(code, join(root, 'networks'))];
    expect(execFileSync('/usr/bin/python3', elsewhere, { encoding: 'utf8' })).toBe('done\n');
    writeFileSync(join(root, 'whois.py'), attempting(code, '/networks'));
    const answer = await exchange(port, '');
    const end = await running.waitFor(({ event }) => event === 'end');
    expect(endOf(served, end) ?? answer.trim(), running.transcript()).toBe(outcome);
  });
});
