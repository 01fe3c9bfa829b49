import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { accepted } from '../support/findings.ts';
import { expectNoneKilled } from './support/session-ends.ts';
import { type ShippedService, serveShipped } from './support/shipped-service.ts';

const LARGE = randomBytes(3_000_000);

interface Served extends ShippedService {
  /** Runs the client; the modules are those of this service. */
  readonly rsync: (...args: readonly string[]) => SpawnSyncReturns<string>;
  readonly url: (path: string, host?: string) => string;
}

/** There are two files and a link to read. */
async function serve(configuration = ''): Promise<Served> {
  const service = await serveShipped({
    policy: 'rsync.yaml',
    listen: '[::]:873',
    root: '/srv/rsync',
    prepare: (root) => {
      appendFileSync(join(root, 'etc/rsyncd.conf'), configuration);
      mkdirSync(join(root, 'public/sub'));
      writeFileSync(join(root, 'public/large.bin'), LARGE);
      writeFileSync(join(root, 'public/sub/small'), 'small\n');
      symlinkSync('../../etc', join(root, 'public/sub/link'));
    },
  });
  return {
    ...service,
    rsync: (...args) => spawnSync('rsync', ['--timeout=20', ...args], { encoding: 'utf8' }),
    url: (path, host = '127.0.0.1') => `rsync://${host}:${service.port}/${path}`,
  };
}

describe('policies/rsync.yaml', () => {
  test('opens no boundary, and there is nothing else to find', async () => {
    await using served = await serve();
    expect(await accepted(served.policy)).toEqual([]);
  });

  test('a client lists and gets files, whole, compressed and in part, over IPv4 and IPv6', async () => {
    await using served = await serve();
    const { folder, rsync, url } = served;
    expect(rsync(url('')).stdout.replaceAll(/[ \t]+/g, '')).toBe('public\nincoming\n');
    const copy = join(folder.path, 'copy');
    expect(rsync('-a', url('public/'), `${copy}/`)).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(join(copy, 'large.bin')).equals(LARGE)).toBe(true);
    expect(readlinkSync(join(copy, 'sub/link'))).toBe('../../etc');

    writeFileSync(join(copy, 'large.bin'), Buffer.concat([LARGE.subarray(0, 1_000_000), Buffer.alloc(500)]));
    const update = rsync('-az', '--no-whole-file', '--stats', url('public/', '[::1]'), `${copy}/`);
    expect(update.stdout).toMatch(/Matched data: [1-9]/);
    expect(readFileSync(join(copy, 'large.bin')).equals(LARGE)).toBe(true);
    expect(rsync('-ac', '--protocol=29', url('public/sub'), `${copy}/old`).status).toBe(0);
    await expectNoneKilled(served);
  });

  test('a client sends files, replaces and deletes them; a session ends with its transfer', async () => {
    await using served = await serve();
    const { folder, root, rsync, url, running } = served;
    const tree = `${root}/public/`;
    expect(rsync('-a', tree, url('incoming/'))).toMatchObject({ status: 0, stderr: '' });
    const first = await running.waitFor(({ event }) => event === 'end');
    expect(first).toMatchObject({ status: 0 });
    // Without its signal the process that writes would wait for ten seconds more.
    expect(first['duration_us']).toBeLessThan(8_000_000);
    expect(readFileSync(join(root, 'incoming/large.bin')).equals(LARGE)).toBe(true);
    expect(statSync(join(root, 'incoming/large.bin'))).toMatchObject({ uid: 61873, gid: 61873 });
    // A link that a client sent leads nowhere on the server.
    expect(readlinkSync(join(root, 'incoming/sub/link'))).toBe('/rsyncd-munged/../../etc');

    for (const options of [
      ['-az', '--delay-updates', '--backup', '--suffix=.old', '--ignore-times'],
      ['-a', '--inplace', '--preallocate', '--fsync', '--ignore-times'],
      ['-aAXH', '--sparse', '--ignore-times'],
      ['-a', '--protocol=27', '--ignore-times'],
    ])
      expect(rsync(...options, tree, url('incoming/'))).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(join(root, 'incoming/large.bin.old'))).toBe(true);

    mkdirSync(join(folder.path, 'empty'));
    expect(rsync('-a', '--delete', `${folder.path}/empty/`, url('incoming/')).status).toBe(0);
    expect(existsSync(join(root, 'incoming/large.bin'))).toBe(false);
    await expectNoneKilled(served);
  });

  test('a client that is killed in the middle of sending ends its session and leaves no half file', async () => {
    await using served = await serve();
    const { root, url, running } = served;
    const args = ['-a', '--bwlimit=200', `${root}/public/`, url('incoming/')];
    spawnSync('timeout', ['-s', 'KILL', '1', 'rsync', ...args], { encoding: 'utf8' });
    const end = await running.waitFor(({ event }) => event === 'end');
    expect(end['signal'], running.transcript()).toBeUndefined();
    expect(existsSync(join(root, 'incoming/large.bin'))).toBe(false);
  });

  test('several clients send and get at once', async () => {
    await using served = await serve();
    const { folder, root, url } = served;
    const commands = [1, 2, 3, 4].flatMap((number) => [
      `rsync -a ${root}/public/ ${url(`incoming/${number}/`)} || exit 1`,
      `rsync -a ${url('public/')} ${folder.path}/got${number}/ || exit 1`,
    ]);
    const script = `${commands.map((command) => `(${command}) & pids="$pids $!"`).join('\n')}
      for pid in $pids; do wait $pid || exit 1; done`;
    expect(spawnSync('sh', ['-c', script], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    for (const number of [1, 2, 3, 4]) {
      expect(readFileSync(join(root, `incoming/${number}/large.bin`)).equals(LARGE)).toBe(true);
      expect(readFileSync(join(folder.path, `got${number}/large.bin`)).equals(LARGE)).toBe(true);
    }
    await expectNoneKilled(served);
  });

  test('errors are answered: no such file or module, a module that is read only, a wrong password', async () => {
    await using served = await serve(
      '[locked]\n path = /public\n auth users = a\n secrets file = /etc/secrets\n',
    );
    const { folder, root, rsync, url } = served;
    writeFileSync(join(root, 'etc/secrets'), 'a:word\n');
    spawnSync('chown', ['61873', join(root, 'etc/secrets')]);
    chmodSync(join(root, 'etc/secrets'), 0o400);
    const right = folder.write('right', 'word\n', 0o600);
    const wrong = folder.write('wrong', 'drow\n', 0o600);
    const into = join(folder.path, 'got');

    expect(rsync('-a', url('public/missing'), into).stderr).toContain('No such file or directory');
    expect(rsync('-a', url('missing/'), into).stderr).toContain("Unknown module 'missing'");
    expect(rsync('-a', right, url('public/')).stderr).toContain('module is read only');
    const locked = url('locked/sub/small').replace('rsync://', 'rsync://a@');
    expect(rsync('-a', `--password-file=${wrong}`, locked, into).stderr).toContain('auth failed');
    expect(rsync('-a', `--password-file=${right}`, locked, into).status).toBe(0);
    expect(readFileSync(into, 'utf8')).toBe('small\n');
    await expectNoneKilled(served);
  });

  test('no client gets or writes what is outside of a module, or makes what is no plain file', async () => {
    // A mistake in the configuration: every module may be written to, and links are followed.
    await using served = await serve(
      '[mistake]\n path = /\n read only = no\n[linked]\n path = /incoming\n read only = no\n munge symlinks = no\n',
    );
    const { folder, root, rsync, url } = served;
    chmodSync(join(root, 'public'), 0o777);
    const into = join(folder.path, 'got');
    for (const path of [
      'public/../etc/rsyncd.conf',
      'public/sub/link/rsyncd.conf',
      'incoming//../etc/rsyncd.conf',
    ])
      expect(rsync('-a', url(path), into).status, path).not.toBe(0);
    expect(existsSync(into)).toBe(false);

    const file = folder.write('file', 'mine\n');
    expect(rsync('-a', file, url('mistake/public/')).stderr).toContain('Permission denied');
    expect(existsSync(join(root, 'public/file'))).toBe(false);
    symlinkSync('../public', join(folder.path, 'way'));
    expect(rsync('-a', join(folder.path, 'way'), url('linked/')).status).toBe(0);
    expect(rsync('-a', '--keep-dirlinks', file, url('linked/way/')).status).not.toBe(0);
    expect(existsSync(join(root, 'public/file'))).toBe(false);

    const tree = join(folder.path, 'tree');
    mkdirSync(tree);
    spawnSync('mkfifo', [join(tree, 'fifo')]);
    spawnSync('mknod', [join(tree, 'null'), 'c', '1', '3']);
    writeFileSync(join(tree, 'suid'), '#!/bin/sh\n');
    chmodSync(join(tree, 'suid'), 0o4755);
    mkdirSync(join(tree, 'sgid'));
    chmodSync(join(tree, 'sgid'), 0o2755);
    expect(rsync('-a', '--super', '--numeric-ids', `${tree}/`, url('incoming/'))).toMatchObject({
      status: 23,
    });
    const modes = (name: string): number => statSync(join(root, 'incoming', name)).mode & 0o6000;
    expect(['suid', 'sgid'].map(modes)).toEqual([0, 0]);
    expect(['fifo', 'null'].map((name) => existsSync(join(root, 'incoming', name)))).toEqual([false, false]);
    await expectNoneKilled(served);
  });
});
