import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileLive } from '../../seccomp/support/live-filter.ts';
import { portcullis } from '../../support/portcullis.ts';
import { TestFolder } from '../../support/test-folder.ts';
import { dataOf, POLICY, rawFilter } from './support/filters.ts';

describe('bpf sim', () => {
  test('says the answer, the way and the line of the policy, as data too', async () => {
    using folder = new TestFolder();
    const policy = folder.write('sample.yaml', POLICY);
    const calls = folder.write(
      'calls',
      'write(1) -> allow\n\n# nothing\nsocket -> errno(EACCES)\ni386: 3 -> kill_process\n',
    );
    const args = [
      'bpf',
      'sim',
      '--arch',
      'x86_64',
      '--json',
      policy,
      '--calls',
      calls,
      '--call',
      'execve(1)',
    ];
    const place = { file: policy, column: 7 };
    expect(await dataOf(args)).toMatchObject([
      { call: 'execve(1)', answer: 'allow', filters: [{ none: expect.stringContaining("'exec'") }] },
      {
        call: 'write(1)',
        nr: 1,
        args: ['1'],
        answer: 'allow',
        right: true,
        filters: [
          {
            path: expect.arrayContaining([0, 1, 2]),
            rule: { ...place, line: 8, text: 'write(fd in {1, 2})' },
          },
        ],
      },
      { answer: 'errno(EACCES)', value: 0x5_000d, filters: [{ rule: { ...place, line: 9 } }] },
      {
        arch: 0x4000_0003,
        answer: 'kill_process',
        filters: [{ none: expect.stringContaining('other machine') }],
      },
    ]);
  });

  test('a number has its name, and a call that no rule answers the groups that have it', async () => {
    using folder = new TestFolder();
    const policy = folder.write('sample.yaml', POLICY);
    const { stdout } = await portcullis(['bpf', 'sim', '--arch', 'x86_64', policy, '--call', '33']);
    expect(stdout.replace(/path .*/, 'path')).toBe(
      [
        '33',
        '  call    dup2',
        '  answer  kill_process',
        '  path',
        '  rule    none: the default of the policy',
        '  group   @stdio: dup2',
        '',
      ].join('\n'),
    );
    const conditions = await portcullis([
      'bpf',
      'sim',
      '--arch',
      'x86_64',
      policy,
      '--call',
      'chmod(0, 04755)',
    ]);
    expect(conditions.stdout).toContain('\n  group   @write-files: chmod(mode & (S_ISUID|S_ISGID) == 0)\n');
    expect(conditions.stdout).not.toContain('  call ');
  });

  test('a stack answers as its most restrictive filter, of equal ones as the newest', async () => {
    using folder = new TestFolder();
    const old = rawFilter(folder, 'old.bpf', 'return errno(EPERM)');
    const young = rawFilter(
      folder,
      'young.bpf',
      'A = nr\nif (A == 1) goto 2 else goto 3\nreturn errno(EACCES)\nreturn allow',
    );
    const args = ['bpf', 'sim', '--json', old, young, '--call', '1', '--call', '2'];
    expect(await dataOf(args)).toMatchObject([
      { answer: 'errno(EACCES)', decidedBy: 1 },
      {
        answer: 'errno(EPERM)',
        decidedBy: 0,
        filters: [{ path: [0] }, { answer: 'allow', path: [0, 1, 3] }],
      },
    ]);
    const { stdout } = await portcullis(['bpf', 'sim', '--arch', 'x86_64', old, young, '--call', '2']);
    expect(stdout.replaceAll(folder.path, '')).toBe(
      [
        '2',
        '  call    open',
        '  answer  errno(EPERM)',
        '  filter  /old.bpf: errno(EPERM), which counts',
        '  path    0: 1 of 1 instructions',
        '  filter  /young.bpf: allow',
        '  path    0 1 3: 3 of 4 instructions',
        '',
      ].join('\n'),
    );
  });

  test('reads the filters of a process, the oldest first', async () => {
    using folder = new TestFolder();
    const live = compileLive();
    const filters = ['log', 'trace(7)'].map((answer, index) =>
      rawFilter(
        folder,
        `${index}`,
        `A = nr\nif (A == 600) goto 2 else goto 3\nreturn ${answer}\nreturn allow`,
      ),
    );
    const words = [filters.join(','), 'exec', '/bin/sh', '-c', 'echo up; exec sleep 1000'];
    const child = spawn(join(live.directory, 'live'), words, { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(child.stdout, 'data');
      const args = ['bpf', 'sim', '--json', `pid:${child.pid}`, '--call', '600'];
      expect(await dataOf(args)).toMatchObject([
        { answer: 'trace(7)', decidedBy: 1, filters: [{ answer: 'log' }, { answer: 'trace(7)' }] },
      ]);
    } finally {
      child.kill('SIGKILL');
      live.remove();
    }
  });
});
