import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { hostArchitecture } from '../../src/host/host-architecture.ts';
import { syscallNumber } from '../../src/kernel/system-calls.ts';
import { exchange } from '../support/dial.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { NODE, PROGRAM } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { buildProbes } from '../support/probe-program.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

const USER = freeUser();
const PATH = { PATH: '/usr/bin:/bin' };

function policy(folder: TestFolder, name: string, lines: readonly string[]): string {
  const text = ['portcullis: 1', `service: ${name}`, `user: ${USER}`, `group: ${USER}`, ...lines];
  return folder.write(`${name}.yaml`, `${text.join('\n')}\n`);
}

function run(file: string, input = '', args: readonly string[] = []): ReturnType<typeof spawnSync> {
  return spawnSync(NODE, [PROGRAM, 'run', ...args, file], {
    input,
    env: PATH,
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
}

const THREADS =
  'seccomp: { rules: ["@start", "@stdio", "@threads", "@read-files"] }\nrlimits: { nproc: 100, as: 1GiB, data: 1GiB }';

/** The probes, of which one makes a denied call in threads. */
const PROBE = (folder: TestFolder): string => buildProbes(folder, USER);

describe('a policy without listen', () => {
  test('is a filter in a pipeline', () => {
    using folder = new TestFolder();
    const { stdout, stderr, status } = run(policy(folder, 'cat', ['run: [/bin/cat]']), 'one\ntwo\n');
    expect({ stdout, stderr, status }).toEqual({ stdout: 'one\ntwo\n', stderr: '', status: 0 });
  });

  test('has the exit status of its program', () => {
    using folder = new TestFolder();
    const shell = 'seccomp: { rules: ["@start", "@stdio", "@identity", "@read-files"] }';
    const file = policy(folder, 'status', ['run: [/bin/sh, -c, "exit 42"]', shell]);
    expect(run(file).status).toBe(42);
  });

  test('runs as the user of the policy, without a capability, filtered, and sees no other process', () => {
    using folder = new TestFolder();
    const rules = 'seccomp: { rules: ["@start", "@stdio", "@identity", "@read-files"] }';
    const lines = ['run: [/bin/cat, /proc/self/status]', rules];
    const status = String(run(policy(folder, 'look', lines)).stdout);
    expect(status).toContain(`\nUid:\t${USER}\t${USER}\t${USER}\t${USER}\n`);
    expect(status).toContain(`\nGid:\t${USER}\t${USER}\t${USER}\t${USER}\n`);
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'])
      expect(status).toMatch(new RegExp(`^Cap${set}:\\t0+$`, 'm'));
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^Seccomp_filters:\t1$/m);
    expect(status).toMatch(/^Pid:\t2$/m);
  });

  test('with root and granted capabilities, who changes to another user has none of them', () => {
    using folder = new TestFolder();
    const other = freeUser();
    const file = folder.write(
      'login.yaml',
      `portcullis: 1
service: login
user: root
reason: it changes to whoever logs in
capabilities: [setuid, setgid]
run: [/usr/bin/perl, -e, '$( = $) = "${other} ${other}"; $< = $> = ${other}; exec "/bin/cat", "/proc/self/status"']
exec: allow
seccomp:
  default: allow
  rules: []
`,
    );
    const { stdout } = run(file);
    expect(stdout).toContain(`\nUid:\t${other}\t${other}\t${other}\t${other}\n`);
    for (const set of ['Prm', 'Eff', 'Amb']) expect(stdout).toMatch(new RegExp(`^Cap${set}:\\t0+$`, 'm'));
  });

  test('is killed by a call that its policy does not allow', () => {
    using folder = new TestFolder();
    const file = policy(folder, 'killed', ['run: [/bin/cat]', 'seccomp: { rules: ["@start"] }']);
    const { status, stderr } = run(file, 'x');
    expect(stderr).toMatch(
      /^killed: denied call \d+ \((0x[0-9a-f]+(, )?){6}\) in cat\nkilled: ended with status 159 \(SIGSYS\): a system call that its policy forbids; portcullis why NUMBER POLICY names it\n$/,
    );
    expect(status).toBe(128 + 31);
  });

  test('is killed by the kernel where its policy says so', () => {
    using folder = new TestFolder();
    const file = policy(folder, 'killed', [
      'run: [/bin/cat]',
      'seccomp: { rules: ["@start"], report: none }',
    ]);
    const { status, stderr } = run(file, 'x');
    expect(stderr).toBe(
      'killed: ended with status 159 (SIGSYS): a system call that its policy forbids; the kernel log has the number (type=1326), and portcullis why NUMBER POLICY names it\n',
    );
    expect(status).toBe(128 + 31);
  });

  test('is killed by the kernel, whose audit tells the call', () => {
    using folder = new TestFolder();
    const file = policy(folder, 'killed', [
      'run: [/bin/cat]',
      'seccomp: { rules: ["@start"], report: kernel }',
    ]);
    const { status, stderr } = run(file, 'x');
    expect(stderr).toMatch(
      /^killed: denied call \d+ in cat\nkilled: ended with status 159 \(SIGSYS\): [^;]*; portcullis why NUMBER POLICY names it\n$/,
    );
    expect(status).toBe(128 + 31);
  });

  test('is killed as well where an ordinary user starts an executable of it', () => {
    using folder = new TestFolder();
    const file = policy(folder, 'built', ['run: [/bin/cat]', 'seccomp: { rules: ["@start"] }']);
    const executable = file.replace(/\.yaml$/, '');
    const build = [PROGRAM, 'build', '--unprivileged', file, '-o', executable];
    expect(spawnSync(NODE, build, { env: PATH, encoding: 'utf8' }).stderr).toBe('');
    const options = { env: PATH, encoding: 'utf8', input: 'x', uid: USER, gid: USER } as const;
    const { status, stderr } = spawnSync(executable, [], options);
    expect(stderr).toMatch(/^built: denied call \d+ \(.*\) in cat\nbuilt: ended with status 159 /);
    expect(status).toBe(128 + 31);
  });

  test('is told a call of its child, and goes on', () => {
    using folder = new TestFolder();
    const script = '$0 = "a\\033[31mb"; if (!fork) { setpgrp; exit 1 } wait; exit($? & 127)';
    const rules = 'seccomp: { rules: ["@start", "@stdio", "@identity", "@read-files", "@fork", "@threads"] }';
    const lines = [`run: [/usr/bin/perl, -e, '${script}']`, rules, 'rlimits: { nproc: 100 }'];
    const { status, stderr } = run(policy(folder, 'parent', lines));
    // A name goes to a terminal.
    const number = syscallNumber('setpgid', hostArchitecture());
    expect(stderr).toMatch(new RegExp(`^parent: denied call ${number} \\(.*\\) in a\\?\\[31mb\n$`));
    expect(status).toBe(9);
  });

  test('is told a thread, and ends whole', () => {
    using folder = new TestFolder();
    const file = policy(folder, 'threads', [`run: [${PROBE(folder)}]`, THREADS]);
    const { status, stderr } = run(file, 'denied-in-threads 8\n');
    expect(stderr).toMatch(/^threads: denied call \d+ /);
    expect(status).toBe(128 + 31);
  });

  test('is told when its time of the processor is used up', () => {
    using folder = new TestFolder();
    const lines = ['run: [/usr/bin/perl, -e, "1 while 1"]', 'rlimits: { cpu: "1s:2s" }'];
    const rules = 'seccomp: { rules: ["@start", "@stdio", "@identity", "@read-files", "@time"] }';
    const { status, stderr } = run(policy(folder, 'busy', [...lines, rules]));
    expect(stderr).toContain(
      'busy: ended with status 152 (SIGXCPU): more time of the processor than rlimits.cpu',
    );
    expect(status).toBe(128 + 24);
  });

  test.each([
    ['ends when its time is up, as it likes', '; exit 7', 7],
    ['is killed when it does not', '', 137],
  ])('%s', (_, end, expected) => {
    using folder = new TestFolder();
    const program = `$| = 1; $SIG{TERM} = sub { print qq(farewell\\n)${end} }; print qq(up\\n); sleep 9 while 1`;
    const file = policy(folder, 'timed', [
      `run: [/usr/bin/perl, -e, '${program}']`,
      'limits: { time: 300ms, grace: 500ms }',
      'seccomp: { rules: ["@start", "@stdio", "@identity", "@read-files", "@time", "@signal-self"] }',
    ]);
    const { status, stdout } = run(file);
    expect(stdout).toBe('up\nfarewell\n');
    expect(status).toBe(expected);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGUSR1', 138],
    ['SIGINT', 130],
  ] as const)('%s reaches the program', async (signal, expected) => {
    using folder = new TestFolder();
    const file = policy(folder, 'waits', ['run: [/bin/cat]']);
    const child = spawn(NODE, [PROGRAM, 'run', file], {
      env: PATH,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.write('up\n');
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill(signal);
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(expected);
  });

  test('under another server it knows its peer', async () => {
    using folder = new TestFolder();
    const rules = 'seccomp: { rules: ["@start", "@stdio", "@socket", "@identity", "@read-files"] }';
    const file = policy(folder, 'peer', ['run: [/usr/bin/env]', rules]);
    const port = freePort();
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      const child = spawn(NODE, [PROGRAM, 'run', file], {
        env: PATH,
        stdio: [socket, socket, 'inherit'],
      });
      child.on('close', () => socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const answer = await exchange(port, '');
    server.close();
    expect(answer).toContain('PROTO=TCP\n');
    expect(answer).toContain('TCPREMOTEIP=127.0.0.1\n');
    expect(answer).toContain(`TCPLOCALPORT=${port}\n`);
  });

  test('without a connection it has no peer', () => {
    using folder = new TestFolder();
    const rules = 'seccomp: { rules: ["@start", "@stdio", "@identity", "@read-files"] }';
    const { stdout } = run(policy(folder, 'bare', ['run: [/usr/bin/env]', rules]));
    expect(stdout).toBe('PATH=/usr/local/bin:/usr/bin:/bin\n');
  });

  test('a program that is not there is 127, one that cannot be executed 126', () => {
    using folder = new TestFolder();
    expect(run(policy(folder, 'missing', ['run: [/bin/no-such-program]'])).status).toBe(127);
    const data = folder.write('data', 'text', 0o644);
    expect(run(policy(folder, 'data', [`run: [${data}]`])).status).toBe(126);
  });
});
