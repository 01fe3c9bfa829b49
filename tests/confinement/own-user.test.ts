import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownNumber } from '../../src/host/own-user.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { NODE, PROGRAM } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { TestFolder } from '../support/test-folder.ts';

/** A name that no other run has, since the number of a live process is refused. */
const SERVICE = `own-${freePort()}`;
const NUMBER = ownNumber(SERVICE);

let folder: TestFolder;
beforeAll(() => {
  folder = new TestFolder();
});
afterAll(() => folder[Symbol.dispose]());

interface Told {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(command: string, args: readonly string[]): Told {
  const options = {
    encoding: 'utf8',
    timeout: PATIENCE_MS,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  } as const;
  const { status, stdout, stderr } = spawnSync(command, args, options);
  return { status, stdout, stderr };
}

interface Lines {
  readonly user?: string;
  readonly rules?: string;
  readonly run?: string;
  readonly more?: string;
}

function policy({ user = 'own', rules = '', run = '[/usr/bin/id, -u]', more = '' }: Lines): string {
  const groups = user === 'own' ? '' : `group: ${NUMBER}\n`;
  const all = `["@start", "@stdio", "@identity", "@read-files"${rules === '' ? '' : `, ${rules}`}]`;
  const text = `portcullis: 1\nservice: ${SERVICE}\nuser: ${user}\n${groups}run: ${run}\n${more}seccomp: { rules: ${all} }\n`;
  return folder.write('policy.yaml', text);
}

function wrap(lines: Lines): Told {
  return start(NODE, [PROGRAM, 'run', policy(lines)]);
}

/** With the files of the host replaced, in a mount namespace of its own. */
function withFile(path: string, text: string, args: readonly string[]): Told {
  const copy = folder.write('copy', text);
  const script = `mount --bind "${copy}" "${path}" && exec "$@"`;
  return start('unshare', ['--mount', 'sh', '-c', script, 'sh', NODE, PROGRAM, ...args]);
}

/** Runs a process of the number while something is done. */
async function beside<Result>(act: () => Result): Promise<Result> {
  const process = spawn('/bin/sleep', ['1000'], { uid: NUMBER, gid: NUMBER, stdio: 'ignore' });
  await new Promise((resolve, reject) => process.once('spawn', resolve).once('error', reject));
  try {
    return act();
  } finally {
    const ended = new Promise((resolve) => process.once('exit', resolve));
    process.kill('SIGKILL');
    await ended;
  }
}

describe('user: own', () => {
  test('is the number that the page derives from the name', () => {
    const digits = execFileSync('sh', ['-c', `printf 'portcullis user ${SERVICE}' | sha256sum | cut -c 1-7`]);
    expect(NUMBER).toBe(Number.parseInt(`7${digits.toString().trim()}`, 16));
    expect(wrap({})).toMatchObject({ status: 0, stdout: `${NUMBER}\n` });
    expect(wrap({ run: '[/usr/bin/id, -g]' })).toMatchObject({ status: 0, stdout: `${NUMBER}\n` });
  });

  test('stands in the plan as a number', () => {
    const { stdout } = start(NODE, [PROGRAM, 'plan', policy({})]);
    expect(stdout).toContain(`getpriority(PRIO_USER, ${NUMBER}) = -ESRCH`);
    expect(stdout).toContain(`setresuid(${NUMBER}, ${NUMBER}, ${NUMBER}) = 0`);
  });

  test('is refused while a process has the number, which another user is not', async () => {
    const other = await beside(() => wrap({ user: String(NUMBER) }));
    expect(other).toMatchObject({ status: 0, stdout: `${NUMBER}\n` });
    const own = await beside(() => wrap({}));
    expect(own).toMatchObject({ status: 125, stdout: '' });
    expect(own.stderr).toMatch(
      new RegExp(`user: own is ${NUMBER}, and process \\d+ \\(sleep\\) runs with it`),
    );
  });

  test('is refused by an executable too, which the process began after', async () => {
    const built = join(folder.path, 'built');
    expect(start(NODE, [PROGRAM, 'build', policy({}), '--output', built]).status).toBe(0);
    expect(start(built, [])).toMatchObject({ status: 0, stdout: `${NUMBER}\n` });
    const refused = await beside(() => start(built, []));
    expect(refused.stdout).toBe('');
    expect(refused.stderr).toMatch(/not started: getpriority answered/);
  });

  test('is refused where passwd has the number', () => {
    const passwd = `${readFileSync('/etc/passwd', 'utf8')}somebody:x:${NUMBER}:100::/:/bin/false\n`;
    expect(withFile('/etc/passwd', passwd, ['check', policy({})]).status).toBe(1);
    const told = withFile('/etc/passwd', passwd, ['run', policy({})]);
    expect(told).toMatchObject({ status: 125, stdout: '' });
    expect(told.stderr).toContain(`the number of user: own is ${NUMBER}, and the user 'somebody' has it`);
  });

  test('is refused where somebody may use the number in containers', () => {
    const told = withFile('/etc/subuid', `somebody:${NUMBER - 10}:65536\n`, ['run', policy({})]);
    expect(told).toMatchObject({ status: 125, stdout: '' });
    expect(told.stderr).toContain("/etc/subuid gives it to 'somebody'");
    expect(withFile('/etc/subuid', `somebody:${NUMBER + 1}:65536\n`, ['run', policy({})]).status).toBe(0);
  });

  test('is refused when another service of the launch has the number', () => {
    const first = folder.write(
      'first.yaml',
      readFileSync(policy({ more: `listen: tcp://127.0.0.1:${freePort()}\n` }), 'utf8'),
    );
    const text = readFileSync(
      policy({ user: String(NUMBER), more: `listen: tcp://127.0.0.1:${freePort()}\n` }),
      'utf8',
    );
    const second = folder.write('second.yaml', text.replace(SERVICE, 'another'));
    const told = start(NODE, [PROGRAM, 'check', first, second]);
    expect(told.status).toBe(1);
    expect(told.stdout).toMatch(
      /error: the number of user: own of the service .* is \d+, and the service 'another' has it/,
    );
  });
});

describe('nothing outlives the number', () => {
  const TOUCH: Lines = { run: '[/usr/bin/touch, /DIR/made]', rules: '"@write-files"' };

  function touchIn(directory: string, user: string): Told {
    const run = `[/usr/bin/touch, ${directory}/made]`;
    return wrap({ ...TOUCH, run, user, more: `writable: ["${directory}"]\n` });
  }

  test('a directory that others reach is an error, one that is its own is written', () => {
    const directory = join(folder.path, 'data');
    mkdirSync(directory);
    chmodSync(directory, 0o777);
    // Another user leaves a file that everybody finds.
    expect(touchIn(directory, String(NUMBER)).status).toBe(0);
    expect(statSync(join(directory, 'made')).uid).toBe(NUMBER);
    const told = touchIn(directory, 'own');
    expect(told.status).toBe(125);
    expect(told.stderr).toContain(`the files in '${directory}' outlive the number`);
    const [, fix = ''] = /help: (chown .*)/.exec(told.stderr) ?? [];
    execFileSync('sh', ['-c', fix]);
    expect(touchIn(directory, 'own')).toMatchObject({ status: 0, stderr: '' });
    chmodSync(directory, 0o2700);
    expect(touchIn(directory, 'own').status).toBe(125);
    chmodSync(directory, 0o700);
    chownSync(directory, 0, 0);
    expect(touchIn(directory, 'own').status).toBe(125);
  });

  test.each([
    ['chmod', 'set-ID modes'],
    ['mkdirat(mode == 02755)', 'set-ID modes'],
    ['openat', 'set-ID modes'],
    ['mknodat', 'set-ID modes'],
    ['shmget', 'System V and POSIX IPC'],
    ['mq_open', 'System V and POSIX IPC'],
    ['add_key', 'key rings'],
    ['keyctl', 'key rings'],
  ])('a rule for %s is an error, and for another user none', (rule, boundary) => {
    const own = start(NODE, [PROGRAM, 'check', policy({ rules: `"${rule}"` })]);
    expect(own.status).toBe(1);
    expect(own.stdout).toMatch(new RegExp(`error: .*opens ${boundary}.*nothing may outlive the service`));
    const other = start(NODE, [PROGRAM, 'check', policy({ rules: `"${rule}"`, user: String(NUMBER) })]);
    expect(other.status).toBe(0);
  });

  test('the set-user-ID bit is set by another user, and not by this one', () => {
    const directory = join(folder.path, 'bits');
    mkdirSync(directory);
    chownSync(directory, NUMBER, NUMBER);
    chmodSync(directory, 0o700);
    const run = `[/bin/mkdir, -m, "2755", "${directory}/x"]`;
    const more = `writable: ["${directory}"]\n`;
    const bare = { run, more, rules: 'mkdir, chmod, fchmod, fchmodat, umask, mkdirat, fchmodat2' };
    expect(wrap({ ...bare, user: String(NUMBER) }).status).toBe(0);
    expect(statSync(join(directory, 'x')).mode & 0o2000).toBe(0o2000);
    expect(wrap({ run: run.replace('/x"', '/y"'), more, rules: '"@write-files"' }).status).toBe(159);
  });

  test.each([
    ['landlock: best-effort\n', 'own-user-landlock'],
    ['capabilities: [CAP_CHOWN]\n', 'own-user-chown'],
  ])('%j is an error', (more, code) => {
    expect(start(NODE, [PROGRAM, 'check', policy({ more })]).stdout).toContain(`[${code}]`);
  });
});

describe('a user that others have too', () => {
  test('when a program looks up its user', () => {
    const { status, stdout } = start(NODE, [PROGRAM, 'check', policy({ run: '[/usr/bin/whoami]' })]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/note: \/usr\/bin\/whoami looks up users by number \(getpwuid\)/);
    const silent = start(NODE, [PROGRAM, 'check', policy({ run: '[/bin/cat]' })]);
    expect(silent).toMatchObject({ status: 0, stdout: '1 policy: no errors\n' });
  });

  test('when processes have the user of a policy', async () => {
    const file = policy({ user: String(NUMBER) });
    const found = await beside(() => start(NODE, [PROGRAM, 'check', file]));
    expect(found.stdout).toContain(`note: processes of user '${NUMBER}' run on this host`);
    expect(start(NODE, [PROGRAM, 'check', file]).stdout).toBe('1 policy: no errors\n');
  });

  test('when a policy has no user', () => {
    const file = folder.write('nobody.yaml', 'portcullis: 1\nservice: nobodys\nrun: [/bin/cat]\n');
    const { status, stdout } = start(NODE, [PROGRAM, 'check', '--strict', file]);
    expect(stdout).toMatch(
      /note: without user the service runs as 'nobody': rlimits.nproc \(256\) counts every process/,
    );
    expect(status).toBe(0);
  });

  /** The reason of the notes: `nproc` counts what others of the same user started. The two gates and the shell are three. */
  test('a limit of processes is used up by others of the user', async () => {
    const fork = {
      run: '[/bin/sh, -c, "echo a | read -r a"]',
      rules: '"@fork"',
      more: 'rlimits: { nproc: 5 }\n',
    };
    expect(wrap({ ...fork, user: String(NUMBER) }).stderr).not.toContain('Cannot fork');
    const crowded = await beside(() => wrap({ ...fork, user: String(NUMBER) }));
    expect(crowded.stderr).toContain('fork');
  });
});
