import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PATIENCE_MS } from '../support/patience.ts';
import { NODE, PROGRAM } from '../support/portcullis.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

const USER = freeUser();
/** What a server of the old kind hands on. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', USER: 'root', TZ: 'UTC' };

let folder: TestFolder;
beforeAll(() => {
  folder = new TestFolder();
});
afterAll(() => folder[Symbol.dispose]());

/** Built-ins of a shell that print what a program can notice, by the name of the row of the table. */
const QUESTIONS: Readonly<Record<string, string>> = {
  parent: '[ "$PPID" = 1 ] && echo gate || echo server',
  umask: 'umask',
  environment: `echo "$${'{'}HOME-none} $${'{'}USER-none} $${'{'}TZ-none}"`,
  descriptors: 'ulimit -n',
  data: 'ulimit -d',
  as: 'ulimit -v',
  processes: 'ulimit -p',
  files: 'ulimit -f',
};

function ask(script: string, lines: string): string {
  const text = [
    'portcullis: 1',
    'service: noticed',
    `run: [/bin/sh, -c, ${JSON.stringify(script)}]`,
    `user: ${USER}`,
    `group: ${USER}`,
    lines,
    'seccomp: { rules: ["@start", "@stdio", "@identity", "@read-files", prlimit64(new_rlim == NULL), umask, getrlimit] }',
  ];
  const file = folder.write('noticed.yaml', `${text.join('\n')}\n`);
  return start([NODE, PROGRAM, 'run', file]);
}

function start([command = '', ...args]: readonly string[]): string {
  const { stdout } = spawnSync(command, args, { encoding: 'utf8', timeout: PATIENCE_MS, env: ENVIRONMENT });
  return stdout.trim();
}

/** A server that leaves a umask and limits as most hosts have them. */
function bare(script: string): string {
  const limits = ['--nofile=1024', '--data=unlimited', '--as=unlimited', '--nproc=4096', '--fsize=unlimited'];
  return start(['prlimit', ...limits, 'sh', '-c', `umask 022; /bin/sh -c '${script}'; exit`]);
}

describe('the table of what is different from inetd', () => {
  test.each([
    ['parent', 'server', 'gate', ''],
    ['umask', '0022', '0077', 'umask: 0022'],
    [
      'environment',
      '/root root UTC',
      'none none none',
      'environment: { set: { HOME: /root, USER: root }, pass: [TZ] }',
    ],
    ['descriptors', '1024', '64', 'rlimits: { nofile: 1024 }'],
    ['data', 'unlimited', String(256 * 1024), 'rlimits: { data: unlimited }'],
    ['as', 'unlimited', String(1024 * 1024), 'rlimits: { as: unlimited }'],
    ['processes', '4096', '256', 'rlimits: { nproc: 4096 }'],
    ['files', 'unlimited', '0', 'rlimits: { fsize: unlimited }'],
  ])('%s is %s there and %s in a session, which a key changes', (row, there, here, key) => {
    const script = QUESTIONS[row] ?? '';
    expect(bare(script)).toBe(there);
    expect(ask(script, row === 'files' ? 'rlimits: { fsize: 0 }' : '')).toBe(here);
    if (key !== '') expect(ask(script, key)).toBe(there);
  });
});
