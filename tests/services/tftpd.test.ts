import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attemptBare, attemptServed, compileDatagramAttempts } from '../support/datagram-attempts.ts';
import { accepted } from '../support/findings.ts';
import { type Finished, finished } from '../support/finished.ts';
import { portcullis } from '../support/portcullis.ts';
import { TestFolder } from '../support/test-folder.ts';
import { unpackedService } from '../support/unpacked-services.ts';
import { type ShippedService, serveShipped } from './support/shipped-service.ts';

const LARGE = randomBytes(3_000_000);

interface Server {
  readonly policy: string;
  readonly program: string;
  readonly listen: string;
  readonly root: string;
  /** The calls that open the handed socket. */
  readonly opening: readonly string[];
  readonly changes: Readonly<Record<string, string>>;
}

/** Both servers of Debian, each with its policy. */
const SERVERS: readonly Server[] = [
  {
    policy: 'tftpd.yaml',
    program: '/usr/sbin/in.tftpd',
    listen: '[::]:69',
    root: '/srv/tftpd',
    opening: ['bind', 'connect'],
    changes: {},
  },
  {
    policy: 'atftpd.yaml',
    program: unpackedService('atftpd'),
    listen: 'udp4://:69',
    root: '/srv/atftpd',
    opening: ['bind', 'connect', 'sendto'],
    changes: { '/usr/sbin/atftpd': unpackedService('atftpd') },
  },
];

/** What is tried, what comes of it where nothing confines the program, and in a service. */
const TRIES: readonly (readonly [request: string, bare: string, served: RegExp])[] = [
  ['read /etc/shadow', 'done', /^ENOENT$/],
  ['write FOLDER/new', 'done', /^(EACCES|ENOENT)$/],
  ['write /files/note', 'ENOENT', /^EACCES$/],
  ['remove FOLDER/new', 'done', /^denied unlink$/],
  ['exec /bin/true', 'done', /^denied execve$/],
  ['dial 9', 'ECONNREFUSED', /^denied socket$/],
  ['listen 1', 'done', /^denied socket$/],
  ['raw 1', 'done', /^denied socket$/],
  ['unshare 0x10000000', 'done', /^denied unshare$/],
  ['become 0', 'done', /^denied setuid$/],
  ['trace 1', 'done', /^denied ptrace$/],
  ['share-port OWN', 'done', /^(EPERM|denied setsockopt)$/],
  ['share-address OWN', 'done', /^(EPERM|denied setsockopt)$/],
  ['detach 1', 'ENOENT', /^(EPERM|denied setsockopt)$/],
  ['attach 1', 'done', /^(EPERM|denied setsockopt)$/],
  ['send-message 9', 'done', /^denied sendmsg$/],
];

const OPENED = 'boundary-opened';

let probes: TestFolder;
let attempts: string;

beforeAll(() => {
  probes = new TestFolder();
  attempts = join(probes.path, 'attempts');
  compileDatagramAttempts(attempts);
});
afterAll(() => {
  probes[Symbol.dispose]();
});

function serve(server: Server, prepare: (root: string) => void = () => undefined): Promise<ShippedService> {
  return serveShipped({
    ...server,
    prepare: (root) => {
      writeFileSync(join(root, 'files/note'), 'to whom it may concern\n');
      writeFileSync(join(root, 'files/image'), LARGE);
      prepare(root);
    },
  });
}

/** A client in the folder of the test, and the file that it has fetched. */
function client(folder: string, command: readonly string[]): Promise<Finished> {
  const [program = '', ...args] = command;
  return finished(spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], timeout: 20_000 }));
}

test.each(TRIES)('where nothing confines a service it does: %s', async (request, bare) => {
  expect(await attemptBare(attempts, request.replace('FOLDER', probes.path))).toBe(bare);
});

describe.each(SERVERS)('policies/$policy', (server) => {
  test('gives files to tftp, atftp and curl, and nothing else', async () => {
    await using served = await serve(server);
    const { policy, folder, port, running } = served;
    // The new socket of a transfer costs this, and there are peers that get nothing.
    expect(await accepted(policy)).toEqual(
      server.opening.map((call) => `${OPENED}: ${call}: opens the handed socket`),
    );
    expect((await portcullis(['check', '--peer', '192.0.2.7', policy])).code).toBe(1);
    const got = join(folder.path, 'got');
    const tftp = async (...words: readonly string[]): Promise<string> => {
      rmSync(got, { force: true });
      const { stdout, stderr } = await client(folder.path, ['tftp', '127.0.0.1', `${port}`, ...words]);
      return stdout + stderr;
    };
    expect(await tftp('-m', 'octet', '-c', 'get', 'image', 'got')).toBe('');
    expect(readFileSync(got).equals(LARGE)).toBe(true);
    expect(await tftp('-c', 'get', 'note', 'got')).toBe('');
    expect(readFileSync(got, 'utf8')).toBe('to whom it may concern\n');
    expect(await tftp('-c', 'get', 'none', 'got')).toContain('File not found');
    expect(await tftp('-c', 'get', '../etc/passwd', 'got')).toMatch(/^Error code/);
    expect(await tftp('-c', 'get', '/etc/passwd', 'got')).toMatch(/^Error code/);
    expect(readFileSync(got, 'utf8')).toBe('');
    writeFileSync(got, 'mine');
    const put = await client(folder.path, ['tftp', '127.0.0.1', `${port}`, '-c', 'put', 'got', 'note']);
    expect(put.stdout).toMatch(/^Error code/);
    const options = ['--option', 'blksize 1428', '--option', 'tsize 0'];
    await client(folder.path, [
      'atftp',
      '-g',
      ...options,
      '-r',
      'image',
      '-l',
      'got',
      '127.0.0.1',
      `${port}`,
    ]);
    expect(readFileSync(got).equals(LARGE)).toBe(true);
    const many = await Promise.all(
      [1, 2, 3, 4].map(() => client(folder.path, ['curl', '-sS', `tftp://127.0.0.1:${port}/note`])),
    );
    for (const { stdout } of many) expect(stdout).toBe('to whom it may concern\n');
    if (server.policy === 'tftpd.yaml') {
      const six = await client(folder.path, ['curl', '-sS', `tftp://[::1]:${port}/note`]);
      expect(six.stdout).toBe('to whom it may concern\n');
    }
    expect(running.events.map(({ event }) => event)).toEqual(['ready', 'start']);
  });

  test('code of an attacker in its place reads its files and sends datagrams, and no more', async () => {
    await using served = await serve(server, (root) => copyFileSync(attempts, join(root, server.program)));
    const { running, port } = served;
    for (const [request, , confined] of TRIES)
      expect(await attemptServed(running, port, request), request).toMatch(confined);
  });
});
