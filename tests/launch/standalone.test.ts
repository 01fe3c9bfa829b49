import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { dial, exchange } from '../support/dial.ts';
import { portcullis } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

const LARGEST = 96 * 1024;

function policyText(port: number, ...lines: readonly string[]): string {
  const head = ['portcullis: 1', 'service: echo', `listen: tcp://127.0.0.1:${port}`, 'run: [/bin/cat]'];
  return `${[...head, ...lines].join('\n')}\n`;
}

async function build(folder: TestFolder, text: string, ...args: readonly string[]): Promise<string> {
  const file = folder.write('echo.yaml', text);
  const output = join(folder.path, 'echo');
  const { code, stderr } = await portcullis(['build', ...args, file, '-o', output]);
  if (code !== 0) throw new Error(stderr);
  return output;
}

/** A running executable, ended when the test is. */
class Running {
  readonly process: ChildProcess;
  readonly lines: string[] = [];
  readonly closed: Promise<number | null>;
  #waiting: (() => void)[] = [];

  constructor(command: readonly string[]) {
    const [first = '', ...rest] = command;
    this.process = spawn(first, rest, { stdio: ['ignore', 'pipe', 'inherit'], env: { SECRET: 'x' } });
    this.closed = new Promise((resolve) => this.process.on('close', (code) => resolve(code)));
    if (this.process.stdout !== null)
      createInterface(this.process.stdout).on('line', (line) => {
        this.lines.push(line);
        for (const wake of this.#waiting.splice(0)) wake();
      });
  }

  async event(name: string): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.lines.map((line) => JSON.parse(line)).find(({ event }) => event === name);
      if (found !== undefined) return found;
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push(resolve);
        void this.closed.then(() => reject(new Error(`it ended without ${name}: ${this.lines.join('\n')}`)));
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null) this.process.kill('SIGKILL');
    await this.closed;
  }
}

/** The command that starts it in a chroot with what it needs, and no mount but /proc. */
function inChroot(folder: TestFolder, file: string): readonly string[] {
  const root = join(folder.path, 'root');
  const libraries = execFileSync('ldd', ['/bin/cat'], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
  for (const copy of ['/bin/cat', ...libraries]) execFileSync('install', ['-D', copy, join(root, copy)]);
  execFileSync('install', [file, join(root, 'echo')]);
  execFileSync('mkdir', [join(root, 'proc'), join(root, 'dev')]);
  execFileSync('mknod', ['-m', '666', join(root, 'dev/null'), 'c', '1', '3']);
  const enter = 'mount -t proc proc "$0/proc" && exec chroot "$0" /echo';
  return ['unshare', '--mount', 'sh', '-c', enter, root];
}

function statusOf(pid: string): string {
  return readFileSync(`/proc/${pid}/status`, 'utf8');
}

function childrenOf(pid: number | string): readonly string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
}

describe('an executable of its own', () => {
  test('serves, tells what happens, and drains at SIGTERM', async () => {
    using folder = new TestFolder();
    const port = freePort();
    await using running = new Running([await build(folder, policyText(port))]);
    await running.event('ready');
    expect(await exchange(port, 'hello\n')).toBe('hello\n');
    expect(await running.event('end')).toMatchObject({
      service: 'echo',
      session: 1,
      status: 0,
      cause: 'exit',
    });
    running.process.kill('SIGTERM');
    expect(await running.closed).toBe(0);
    expect(running.lines.at(-1)).toMatch(/^\{"time":"[^"]+Z","event":"stopped","service":"echo"\}$/);
  });

  test('serves in a chroot that is a directory and no mount, with the file, its program, /proc and /dev/null', async () => {
    using folder = new TestFolder();
    const port = freePort();
    await using running = new Running(inChroot(folder, await build(folder, policyText(port))));
    await running.event('ready');
    expect(await exchange(port, 'hello\n')).toBe('hello\n');
  });

  test('starts no service that may mount in a chroot from which its mounts would reach the host', async () => {
    using folder = new TestFolder();
    const port = freePort();
    const file = await build(folder, policyText(port, 'capabilities: [sys_admin]'));
    await using there = new Running([file]);
    await there.event('ready');
    expect(await exchange(port, 'hello\n')).toBe('hello\n');
    there.process.kill('SIGTERM');
    await there.closed;
    const [command = '', ...rest] = inChroot(folder, file);
    const { status, stdout, stderr } = spawnSync(command, rest, { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({
      status: 125,
      stdout: '',
      stderr: expect.stringContaining('mount'),
    });
    expect(stderr).toContain('EINVAL');
  });

  test('tells of each event when it was', async () => {
    using folder = new TestFolder();
    const port = freePort();
    const executable = await build(folder, policyText(port));
    const begin = new Date().toISOString();
    await using running = new Running([executable]);
    await running.event('ready');
    await exchange(port, 'hello\n');
    await running.event('end');
    const end = new Date().toISOString();
    const times = running.lines.map((line): string => JSON.parse(line).time);
    expect(times.length).toBeGreaterThanOrEqual(3);
    expect([begin, ...times, end].toSorted()).toEqual([begin, ...times, end]);
    for (const time of times) expect(new Date(time).toISOString()).toBe(time);
  });

  test('leaves no process with uid 0, a capability or without a filter', async () => {
    using folder = new TestFolder();
    const port = freePort();
    await using running = new Running([await build(folder, policyText(port))]);
    await running.event('ready');
    const client = await dial(port);
    client.write('up?\n');
    await new Promise((resolve) => client.once('data', resolve));
    const outer = String(running.process.pid);
    const [inner = ''] = childrenOf(outer);
    const [session = ''] = childrenOf(inner);
    for (const pid of [outer, inner, session]) {
      const status = statusOf(pid);
      expect(status).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m);
      for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'])
        expect(status).toMatch(new RegExp(`^Cap${set}:\\t0+$`, 'm'));
      expect(status).toMatch(/^Seccomp:\t2$/m);
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    }
    for (const gate of [outer, inner]) {
      const open = readdirSync(`/proc/${gate}/fd`).map((fd) => readlinkSync(`/proc/${gate}/fd/${fd}`));
      expect(open.filter((path) => path.startsWith('/proc'))).toEqual([]);
    }
    expect(readdirSync(`/proc/${session}/fd`)).toEqual(['0', '1', '2']);
    expect(readFileSync(`/proc/${session}/environ`, 'latin1')).not.toContain('SECRET');
    client.destroy();
  });

  test('what a session writes to standard error is an event, escaped', async () => {
    using folder = new TestFolder();
    const port = freePort();
    const script = folder.write('say.sh', 'printf "a\\"b\\\\c\\033[1m\\303\\244\\nrest" >&2\n', 0o755);
    const text = policyText(port, 'seccomp: { rules: ["@start", "@stdio", "@identity", "@read-files"] }');
    await using running = new Running([
      await build(folder, text.replace('[/bin/cat]', `[/bin/sh, ${script}]`)),
    ]);
    await running.event('ready');
    await exchange(port, '');
    await running.event('end');
    running.process.kill('SIGTERM');
    await running.closed;
    const logged = running.lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'log');
    expect(logged.map(({ text: line }) => line)).toEqual(['a"b\\\\c\\u{1b}[1mä', 'rest']);
  });

  test.each(['x86_64', 'aarch64'])('for %s is small, and the same bytes each time', async (machine) => {
    using folder = new TestFolder();
    const text = policyText(freePort());
    const first = readFileSync(await build(folder, text, '--target', machine));
    const second = readFileSync(await build(folder, text, '--target', machine));
    expect(second.equals(first)).toBe(true);
    expect(first.length).toBeLessThan(LARGEST);
  });

  test('prints its plan when asked, and ignores every other argument', async () => {
    using folder = new TestFolder();
    const port = freePort();
    const executable = await build(folder, policyText(port));
    const printed = execFileSync(executable, ['--plan'], { encoding: 'utf8' });
    expect(printed).toMatch(/^echo: \d+ steps, compiled from .*echo.yaml for /);
    expect(printed).toContain(`tcp://127.0.0.1:${port}`);
    await using running = new Running([executable, '--help', '--plan']);
    await running.event('ready');
  });

  test('damaged, it is refused and nothing is started', async () => {
    using folder = new TestFolder();
    const executable = await build(folder, policyText(freePort()));
    const bytes = readFileSync(executable);
    bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1;
    writeFileSync(executable, bytes);
    const { status, stderr } = spawnSync(executable, { encoding: 'utf8' });
    expect(stderr).toBe('portcullis: this executable is refused: the image is damaged\n');
    expect(status).toBe(125);
  });

  test('for a newer kernel than this one, it is refused', async () => {
    using folder = new TestFolder();
    const executable = await build(folder, policyText(freePort()), '--kernel', '99.0');
    const { status, stderr } = spawnSync(executable, { encoding: 'utf8' });
    expect(stderr).toContain('the plan needs a newer kernel');
    expect(status).toBe(125);
  });

  test('a port that is taken is told with the step and the line', async () => {
    using folder = new TestFolder();
    const port = freePort();
    const executable = await build(folder, policyText(port));
    await using running = new Running([executable]);
    await running.event('ready');
    const { status, stderr } = spawnSync(executable, { encoding: 'utf8' });
    expect(stderr).toMatch(/^echo: not started: bind answered EADDRINUSE\n +\d+ {2}bind\(/);
    expect(stderr).toMatch(/echo\.yaml:3\]\nanother program listens there: `ss -anp` names it\n$/);
    expect(status).toBe(125);
  });

  test('with a file capability an ordinary user serves a privileged port, without it not, and root not at all', async () => {
    using folder = new TestFolder();
    const executable = await build(folder, policyText(977), '--unprivileged');
    const user = freeUser();
    const asUser = ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
    const inNetwork = (command: string): readonly string[] => [
      'unshare',
      '-n',
      'sh',
      '-c',
      `ip link set lo up && ${command}`,
    ];
    const refused = spawnSync('setpriv', [...asUser.slice(1), executable], { encoding: 'utf8' });
    expect(refused.stderr).toContain('capset answered EPERM');
    expect(refused.stderr).toMatch(/^start it as root; .* it needs: setcap cap_net_bind_service=ep FILE$/m);
    const root = spawnSync(executable, { encoding: 'utf8' });
    expect(root.stderr).toContain('this plan is for an ordinary user, not for root');
    execFileSync('setcap', ['cap_net_bind_service=ep', executable]);
    await using running = new Running(inNetwork(`exec ${[...asUser, executable].join(' ')}`));
    await running.event('ready');
    const outer = String(running.process.pid);
    expect(statusOf(outer)).toContain(`\nUid:\t${user}\t${user}\t${user}\t${user}\n`);
    expect(statusOf(outer)).toMatch(/^CapPrm:\t0+$/m);
    running.process.kill('SIGTERM');
    expect(await running.closed).toBe(0);
  });

  test('the environment of its caller is none of its service', async () => {
    using folder = new TestFolder();
    const file = folder.write('pass.yaml', policyText(freePort(), 'environment: { pass: [TZ] }'));
    const { code, stderr } = await portcullis(['build', file, '-o', join(folder.path, 'out')]);
    expect(stderr).toContain('takes no variables from its caller');
    expect(code).toBe(1);
  });
});
