import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exchange } from '../support/dial.ts';
import { findings } from '../support/findings.ts';
import type { Finished } from '../support/finished.ts';
import { compileAttempts } from './support/compile-attempts.ts';
import { expectNoneKilled } from './support/session-ends.ts';
import { ALICE, checkOut, serveSvn, word } from './support/svn.ts';

const LARGE = randomBytes(3_000_000);

/** A client without an account; where it knows the name of its user, it misses the password alone. */
const NO_ACCOUNT = /Can't get (username or )?password/;

describe('policies/svnserve.yaml', () => {
  test('has no problem, not even a warning', async () => {
    await using served = await serveSvn();
    expect(await findings(served.policy)).toEqual([]);
  });

  test('a client checks out, commits, compares, branches, merges and locks, over IPv4 and IPv6', async () => {
    await using served = await serveSvn();
    const { svn, url, project } = served;
    const copy = await checkOut(served);
    const [file, large, other] = ['file', 'large', 'Zoë'].map((name) => join(copy, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(file, 'first\n');
    writeFileSync(large, LARGE);
    writeFileSync(other, '');
    const steps = [
      ['add', '-q', file, large, other],
      ['commit', '-q', '-m', 'the first', copy, ...ALICE],
      ['mkdir', '-q', '-m', 'a place', url('project/trunk'), ...ALICE],
      ['copy', '-q', '-m', 'a branch', url('project/trunk'), url('project/branch'), ...ALICE],
      ['update', '-q', copy],
      ['propset', '-q', 'colour', 'red', file],
      ['commit', '-q', '-m', 'Zoës', copy, ...ALICE],
      ['lock', file, ...ALICE],
      ['unlock', file, ...ALICE],
      ['merge', '-q', url('project/trunk'), join(copy, 'branch')],
      ['commit', '-q', '-m', 'merged', copy, ...ALICE],
      ['export', '-q', '-r', '1', url('project', '[::1]'), `${copy}-1`],
      ['switch', '-q', url('project/trunk'), copy, '--ignore-ancestry'],
      ['switch', '-q', url('project'), copy, '--ignore-ancestry'],
    ];
    for (const step of steps)
      expect(await svn(...step), step.join(' ')).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(`${copy}-1`, 'large')).equals(LARGE)).toBe(true);
    expect((await svn('list', url('project'))).stdout).toBe('Zoë\nbranch/\nfile\nlarge\ntrunk/\n');
    expect((await svn('log', '-q', url('project'))).stdout.match(/^r\d \| alice/gm)).toHaveLength(5);
    expect((await svn('blame', url('project/file'))).stdout).toBe('     1      alice first\n');
    expect((await svn('diff', '-r', '1:4', url('project/file'))).stdout).toContain('+red');
    expect(statSync(join(project, 'db/revs/0/1'))).toMatchObject({ uid: 61536, gid: 61536 });
    await expectNoneKilled(served);
  });

  test('what is not there and what is not allowed is an answer', async () => {
    await using served = await serveSvn((root, project) => {
      for (const name of ['closed', 'still']) execFileSync('cp', ['-a', project, join(root, 'repos', name)]);
      const closed = join(root, 'repos/closed/conf/svnserve.conf');
      writeFileSync(closed, readFileSync(closed, 'utf8').replace('anon-access = read', 'anon-access = none'));
      const still = join(root, 'repos/still/conf/svnserve.conf');
      writeFileSync(still, readFileSync(still, 'utf8').replace('auth-access = write', 'auth-access = read'));
    });
    const { svn, url } = served;
    const wrong = ['--username', 'alice', '--password', 'drow'];
    const mkdir = (repository: string, ...user: readonly string[]): Promise<Finished> =>
      svn('mkdir', '-m', 'mine', url(`${repository}/mine`), ...user);
    expect((await svn('list', url('project/missing'))).stderr).toContain("Path '/missing' not found");
    expect((await svn('list', url('missing'))).stderr).toContain('No repository found');
    expect((await svn('list', '-r', '7', url('project'))).stderr).toContain('No such revision 7');
    expect((await mkdir('project')).stderr).toMatch(NO_ACCOUNT);
    expect((await mkdir('project', ...wrong)).stderr).toContain('Password incorrect');
    expect((await mkdir('still', ...ALICE)).stderr).toContain('Authorization failed');
    expect((await svn('list', url('closed'))).stderr).toMatch(NO_ACCOUNT);
    expect((await svn('list', url('closed'), ...ALICE)).code).toBe(0);
    // It would need a hook; and this repository is none that the policy lets it write to.
    expect(
      (await svn('propset', '--revprop', '-r', '0', 'svn:log', 'x', url('project'), ...ALICE)).code,
    ).toBe(1);
    expect((await mkdir('closed', ...ALICE)).stderr).toContain('Permission denied');
    expect((await mkdir('project', ...ALICE)).code).toBe(0);
    expect((await mkdir('project', ...ALICE)).stderr).toContain('already exists');
    await expectNoneKilled(served);
  });

  test('several clients commit at once', async () => {
    await using served = await serveSvn();
    const { svn, url } = served;
    const names = Array.from({ length: 16 }, (_, number) => `at-once-${number}`);
    const answers = await Promise.all(
      names.map((name) => svn('mkdir', '-q', '-m', name, url(`project/${name}`), ...ALICE)),
    );
    expect(answers.filter(({ code }) => code !== 0)).toEqual([]);
    expect((await svn('list', url('project'))).stdout.trimEnd().split('\n')).toHaveLength(16);
    await expectNoneKilled(served);
  });

  test('new directories for revisions have no set-group-ID bit, and where one is passed on a commit fails', async () => {
    // A directory for each thousand revisions, here for two.
    await using served = await serveSvn((_, project) => {
      const format = join(project, 'db/format');
      writeFileSync(format, readFileSync(format, 'utf8').replace('sharded 1000', 'sharded 2'));
    });
    const { svn, url, project } = served;
    for (const name of ['1', '2', '3', '4'])
      expect(await svn('mkdir', '-q', '-m', name, url(`project/${name}`), ...ALICE)).toMatchObject({
        code: 0,
      });
    expect(statSync(join(project, 'db/revs/2')).mode & 0o7777).toBe(0o755);
    execFileSync('chmod', ['g+s', join(project, 'db/revs'), join(project, 'db/revprops')]);
    expect((await svn('mkdir', '-q', '-m', '5', url('project/5'), ...ALICE)).code).toBe(0);
    const refused = await svn('mkdir', '-q', '-m', '6', url('project/6'), ...ALICE);
    expect(refused.stderr).toContain('Operation not permitted');
    await expectNoneKilled(served);
  });

  test('a revision larger than the limit does not happen, nor one that a hook should look at', async () => {
    await using served = await serveSvn(undefined, { 'fsize: 1GiB': 'fsize: 1MiB' });
    const { folder, svn, url, project, running } = served;
    const large = folder.write('large', '');
    writeFileSync(large, LARGE);
    const refused = await svn('import', '-q', '-m', 'large', large, url('project/large'), ...ALICE);
    expect(refused.code).toBe(1);
    const end = await running.waitFor((event) => event.event === 'end' && event['session'] === 1);
    expect(end).toMatchObject({ signal_name: 'SIGXFSZ' });
    expect(await svn('mkdir', '-q', '-m', 'small', url('project/small'), ...ALICE)).toMatchObject({
      code: 0,
    });

    const hook = join(project, 'hooks/pre-commit');
    writeFileSync(hook, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    expect((await svn('mkdir', '-m', 'hooked', url('project/hooked'), ...ALICE)).code).toBe(1);
    expect((await svn('list', url('project'))).stdout).toBe('small/\n');
  });

  test('the report of a large working copy is put aside, and nothing of it stays', async () => {
    await using served = await serveSvn();
    const { svn, url, speak, root } = served;
    for (const name of ['1', '2']) await svn('mkdir', '-q', '-m', name, url(`project/${name}`), ...ALICE);
    const paths = Array.from({ length: 10_000 }, (_, number) => word(`${'x'.repeat(200)}${number}`));
    const report = paths.map((path) => `( set-path ( ${path} 1 false ) ) `).join('');
    const start = '( update ( ( 2 ) 0: true ) ) ( set-path ( 0: 1 false ) ) ';
    const answer = await speak(url('project'), `${start}${report}( finish-report ( ) ) `);
    expect(answer).toContain('( target-rev ( 2 ) )');
    expect(execFileSync('ls', [join(root, 'tmp')], { encoding: 'utf8' })).toBe('');
    await expectNoneKilled(served);
  });

  test('no path leads out of a repository', async () => {
    await using served = await serveSvn();
    const { speak, url } = served;
    const list = '( get-dir ( 0: ( ) false true ( kind ) ) ) ';
    expect(await speak(url('project'), list)).toMatch(/\( success \( 0 \( \) \( \) /);
    for (const where of ['../etc', 'project/../../etc', '%2e%2e/etc', '/etc', '', 'project/conf'])
      expect(await speak(url(where), list), where).toMatch(/\( failure .*(?:path|No repository)/);
    expect(await speak('file:///repos/project', list)).toContain('Non-svn URL');
    for (const path of ['../conf/passwd', '/../conf/passwd', '../../../lib64', 'x/../../conf/passwd'])
      expect(await speak(url('project'), `( get-file ( ${word(path)} ( ) false true ) ) `), path).toContain(
        'File not found',
      );
    expect(
      await exchange(
        served.port,
        randomBytes(2000)
          .toString('latin1')
          .replaceAll(/[\r\n]/g, ''),
      ),
    ).toContain('( success');
    await expectNoneKilled(served);
  });
});

/** Each would work for the user of the service, who here owns by mistake what root should. */
const ATTEMPTS: readonly (readonly [attempt: string, outcome: string])[] = [
  ['make /repos/project/db/more', 'done'],
  ['write /repos/project/conf/passwd', 'EACCES'],
  ['make /repos/project/hooks/pre-commit', 'EACCES'],
  ['make /repos/more', 'EACCES'],
  ['set-id /repos/project/db/uuid', 'EPERM'],
];

describe('code of an attacker in the place of svnserve', () => {
  test('writes revisions, and neither accounts nor hooks', async () => {
    await using served = await serveSvn((root) => {
      compileAttempts(join(root, 'usr/bin/svnserve'));
      execFileSync('chown', ['-R', '61536', join(root, 'repos')]);
    });
    const { root, port, project } = served;
    for (const [attempt, outcome] of ATTEMPTS)
      expect(await exchange(port, `${attempt}\n`)).toBe(`${attempt}: ${outcome}\n`);
    expect(existsSync(join(project, 'hooks/pre-commit'))).toBe(false);
    const identity = ['--reuid=61536', '--regid=61536', '--clear-groups'];
    for (const [attempt] of ATTEMPTS) {
      const [what = '', path = ''] = attempt.split(' ');
      const outside = ['setpriv', ...identity, join(root, 'usr/bin/svnserve'), what, join(root, path)];
      const [program = '', ...args] = outside;
      expect(`${execFileSync(program, args)}`).toContain(': done\n');
    }
    for (const attempt of ['setuid 0', 'chroot /tmp', 'signal 1']) {
      expect(await exchange(port, `${attempt}\n`)).toBe('');
    }
  });
});
