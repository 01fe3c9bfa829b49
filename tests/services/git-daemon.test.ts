import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { launchReady } from '../support/launch.ts';
import { shippedPolicy } from '../support/policy-file.ts';
import { freePort } from '../support/ports.ts';
import { TestFolder } from '../support/test-folder.ts';

function git(directory: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.net', '-c', 'init.defaultBranch=main'];
  return execFileSync('git', ['-C', directory, ...identity, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** A repository with one file of some size, published below `base`. */
function publish(base: string, work: string): void {
  execFileSync('mkdir', ['-p', base, work]);
  git(work, 'init', '-q');
  writeFileSync(join(work, 'large'), 'line of text\n'.repeat(50_000));
  commit(work, 'first');
  git(work, 'clone', '-q', '--bare', work, join(base, 'project.git'));
  writeFileSync(join(base, 'project.git', 'git-daemon-export-ok'), '');
  execFileSync('chmod', ['-R', 'a+rX', base]);
}

function commit(work: string, text: string): void {
  writeFileSync(join(work, 'file'), `${text}\n`);
  git(work, 'add', '.');
  git(work, 'commit', '-q', '-m', text);
}

describe('policies/git-daemon.yaml', () => {
  test('a git client clones and fetches; it cannot push', async () => {
    using folder = new TestFolder();
    const base = join(folder.path, 'served');
    const work = join(folder.path, 'work');
    const clone = join(folder.path, 'clone');
    publish(base, work);
    const port = freePort();
    const policy = shippedPolicy(folder, 'git-daemon.yaml', {
      '[::]:9418': `[::]:${port}`,
      '/srv/git,': `${base},`,
      '/srv/git]': `${base}]`,
    });
    await using running = await launchReady([policy]);
    const url = `git://127.0.0.1:${port}/project.git`;

    git(folder.path, 'clone', '-q', url, clone);
    expect(readFileSync(join(clone, 'file'), 'utf8')).toBe('first\n');
    expect(readFileSync(join(clone, 'large'), 'utf8')).toHaveLength(650_000);
    git(clone, 'fsck', '--strict');

    commit(work, 'second');
    git(work, 'push', '-q', join(base, 'project.git'), 'HEAD');
    execFileSync('chmod', ['-R', 'a+rX', base]);
    git(clone, 'fetch', '-q');
    expect(git(clone, 'log', '-1', '--format=%s', 'origin/HEAD')).toBe('second\n');

    commit(clone, 'mine');
    expect(() => git(clone, 'push', '-q', 'origin', 'HEAD')).toThrow();
    const ends = running.events.filter(({ event }) => event === 'end');
    expect(
      ends.every(({ signal }) => signal === undefined),
      running.transcript(),
    ).toBe(true);
    expect(await running.stop()).toBe(0);
  });
});
