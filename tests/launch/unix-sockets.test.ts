import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exchange } from '../support/dial.ts';
import { Launch, launch, launchReady } from '../support/launch.ts';
import { portcullis } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { TestFolder } from '../support/test-folder.ts';
import { socat, variablesIn } from '../support/unix-client.ts';
import { freeUser } from '../support/users.ts';

const USER = freeUser();
const OTHER = freeUser();
const GROUP = freeUser();

interface Service {
  readonly listen: readonly (string | object)[];
  readonly run?: readonly string[];
  readonly lines?: readonly string[];
  readonly seccomp?: string;
}

/** Writes a policy whose service tells its environment, or runs another program. */
function policy(
  folder: TestFolder,
  { listen, run = ['/usr/bin/env'], lines = [], seccomp }: Service,
): string {
  const text = [
    'portcullis: 1',
    'service: local',
    `listen: ${JSON.stringify(listen)}`,
    `run: ${JSON.stringify(run)}`,
    `user: ${USER}`,
    `group: ${USER}`,
    ...lines,
    `seccomp: ${seccomp ?? '{ rules: ["@start", "@stdio"] }'}`,
  ];
  return folder.write('local.yaml', `${text.join('\n')}\n`);
}

async function build(folder: TestFolder, file: string, ...args: readonly string[]): Promise<string> {
  const executable = join(folder.path, 'local');
  const { code, stderr } = await portcullis(['build', ...args, file, '-o', executable]);
  if (code !== 0) throw new Error(stderr);
  return executable;
}

function start(executable: string, prefix: readonly string[] = []): Launch {
  const [first = '', ...rest] = [...prefix, executable];
  return new Launch(spawn(first, rest, { stdio: ['ignore', 'pipe', 'pipe'] }));
}

function isReady({ event }: { readonly event: string }): boolean {
  return event === 'ready';
}

/** A program that binds a path, and listens there unless it is a socket of datagrams. */
function binding(type: string): string {
  const listens = type === 'SOCK_DGRAM' ? '' : '; s.listen()';
  return `import socket,sys,time; s=socket.socket(socket.AF_UNIX,socket.${type}); s.bind(sys.argv[1])${listens}`;
}

/** Makes a socket that nobody serves: its server ended without removing it. */
function leaveStale(path: string, type = 'SOCK_STREAM'): void {
  rmSync(path, { force: true });
  execFileSync('python3', ['-c', binding(type), path]);
}

/** Serves a path for as long as the process lives. */
async function serveForeign(path: string, type: string): Promise<() => void> {
  const script = `${binding(type)}; print('up', flush=True); time.sleep(600)`;
  const server = spawn('python3', ['-c', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => server.stdout.once('data', resolve));
  return () => void server.kill('SIGKILL');
}

const PEER = { PROTO: 'IPC', IPCREMOTEPATH: '', IPCCONNNUM: '1' };

describe('a service on UNIX sockets', () => {
  test('listens on files, a name and a port at once, and knows its peers', async () => {
    using folder = new TestFolder();
    const [stream, packets, port] = [join(folder.path, 's'), join(folder.path, 'p'), freePort()];
    const name = `portcullis-${port}`;
    const listen = [
      { address: `unix:${stream}`, mode: '0666' },
      { address: `unix-seqpacket:${packets}`, owner: OTHER, group: GROUP, mode: '0660' },
      `unix:@${name}`,
      `tcp://127.0.0.1:${port}`,
    ];
    await using running = await launchReady([policy(folder, { listen })]);
    const [file, owned] = [lstatSync(stream), lstatSync(packets)];
    expect([file.isSocket(), file.mode & 0o7777, file.uid, file.gid]).toEqual([true, 0o666, 0, 0]);
    expect([owned.isSocket(), owned.mode & 0o7777, owned.uid, owned.gid]).toEqual([
      true,
      0o660,
      OTHER,
      GROUP,
    ]);
    const said = async (address: string, uid = 0): Promise<unknown> =>
      variablesIn((await socat(address, { uid })).stdout);
    const of = (uid: number): object => ({ ...PEER, IPCREMOTEEUID: `${uid}`, IPCREMOTEEGID: `${uid}` });
    expect(await said(`UNIX-CONNECT:${stream}`)).toEqual(of(0));
    expect(await said(`UNIX-CONNECT:${stream}`, USER)).toEqual(of(USER));
    expect(await said(`UNIX-CONNECT:${packets},type=5`, OTHER)).toEqual(of(OTHER));
    expect(await said(`ABSTRACT-CONNECT:${name}`, USER)).toEqual(of(USER));
    const bound = join(folder.path, 'client');
    expect(await said(`UNIX-CONNECT:${stream},bind=${bound}`)).toEqual({ ...of(0), IPCREMOTEPATH: bound });
    expect(variablesIn(await exchange(port, ''))).toMatchObject({ PROTO: 'TCP', TCPREMOTEIP: '127.0.0.1' });
    expect(variablesIn(await exchange(port, ''))).not.toHaveProperty('IPCREMOTEEUID');
    const peers = (): unknown =>
      running.events.filter(({ event }) => event === 'start').map(({ uid, gid, peer }) => [uid, gid, peer]);
    await expect.poll(peers).toEqual([
      [0, 0, undefined],
      [USER, USER, undefined],
      [OTHER, OTHER, undefined],
      [USER, USER, undefined],
      [0, 0, undefined],
      [undefined, undefined, '127.0.0.1'],
      [undefined, undefined, '127.0.0.1'],
    ]);
  });

  test('is open to the owner alone, unless group and mode say otherwise', async () => {
    using folder = new TestFolder();
    const [own, shared] = [join(folder.path, 'own'), join(folder.path, 'shared')];
    const listen = [`unix:${own}`, { address: `unix:${shared}`, group: GROUP, mode: '0660' }];
    const file = policy(folder, { listen });
    const { stdout: checked } = await portcullis(['check', file]);
    expect(checked).toContain(
      `note: only its owner may connect to 'unix:${own}', the user that starts the service`,
    );
    expect(checked).not.toContain(`'unix:${shared}'`);
    await using _running = await launchReady([file]);
    const refused = async (path: string, uid: number, groups: readonly number[] = []): Promise<boolean> =>
      (await socat(`UNIX-CONNECT:${path}`, { uid, groups })).stderr.includes('Permission denied');
    expect(await refused(own, 0)).toBe(false);
    expect(await refused(own, USER)).toBe(true);
    expect(await refused(own, USER, [GROUP])).toBe(true);
    expect(await refused(shared, USER)).toBe(true);
    expect(await refused(shared, USER, [GROUP])).toBe(false);
  });

  test('has no variables of its peer where the policy wants none', async () => {
    using folder = new TestFolder();
    const path = join(folder.path, 's');
    const file = policy(folder, { listen: [`unix:${path}`], lines: ['environment: { peer: false }'] });
    await using _running = await launchReady([file]);
    expect(variablesIn((await socat(`UNIX-CONNECT:${path}`)).stdout)).toEqual({});
  });

  test('has a path of any length', async () => {
    using folder = new TestFolder();
    const directory = join(folder.path, 'a'.repeat(90), 'b'.repeat(90));
    mkdirSync(directory, { recursive: true });
    const path = join(directory, 's');
    await using _running = await launchReady([policy(folder, { listen: [`unix:${path}`] })]);
    expect(lstatSync(path).isSocket()).toBe(true);
    const answer = execFileSync('sh', ['-c', `cd '${directory}' && socat - UNIX-CONNECT:s </dev/null`]);
    expect(answer.toString()).toContain('PROTO=IPC');
  });

  test('gives one user no more sessions than per-source says, and the others theirs', async () => {
    using folder = new TestFolder();
    const path = join(folder.path, 's');
    const file = policy(folder, {
      listen: [{ address: `unix:${path}`, mode: '0666' }],
      run: ['/bin/cat'],
      lines: ['limits: { per-source: 1 }'],
    });
    await using running = await launchReady([file]);
    const held = spawn('setpriv', [
      `--reuid=${USER}`,
      '--clear-groups',
      'socat',
      '-',
      `UNIX-CONNECT:${path}`,
    ]);
    await running.waitFor(({ event, uid }) => event === 'start' && uid === USER);
    expect((await socat(`UNIX-CONNECT:${path}`, { uid: USER, say: 'mine' })).stdout).toBe('');
    expect((await socat(`UNIX-CONNECT:${path}`, { uid: OTHER, say: 'yours' })).stdout).toBe('yours');
    const refused = await running.waitFor(({ event }) => event === 'refused');
    expect(refused).toMatchObject({ reason: 'per-source', uid: USER, count: 1 });
    held.kill('SIGKILL');
  });

  test('serves the users and groups of its list, and nobody else', async () => {
    using folder = new TestFolder();
    const path = join(folder.path, 's');
    const [denied, allowed, none] = [freeUser(), freeUser(), freeUser()];
    const lines = [
      `allow: [uid:${USER}, gid:${GROUP}, gid:${allowed}, "127.0.0.0/8"]`,
      `deny: [uid:${OTHER}, gid:${denied}]`,
    ];
    const port = freePort();
    const listen = [{ address: `unix:${path}`, mode: '0666' }, `tcp://127.0.0.1:${port}`];
    const file = policy(folder, { listen, lines });
    const isServed = async (uid: number, groups: readonly number[] = []): Promise<boolean> =>
      (await socat(`UNIX-CONNECT:${path}`, { uid, groups })).stdout.includes('PROTO=IPC');
    const judged = async (): Promise<void> => {
      expect(await isServed(USER)).toBe(true);
      expect(await isServed(USER, [denied])).toBe(true);
      expect(await isServed(none)).toBe(false);
      expect(await isServed(0)).toBe(false);
      expect(await isServed(none, [GROUP])).toBe(true);
      expect(await isServed(none, [none, denied, GROUP])).toBe(false);
      expect(await isServed(OTHER, [GROUP])).toBe(false);
      // Its own group counts as well.
      expect(await isServed(allowed)).toBe(true);
      expect(await isServed(denied)).toBe(false);
      expect(await exchange(port, '')).toContain('PROTO=TCP');
    };
    {
      await using running = await launchReady([file]);
      await judged();
      const refused = await running.waitFor(({ event, uid }) => event === 'refused' && uid === none);
      expect(refused).toMatchObject({ reason: 'access-list', gid: none });
    }
    {
      const prefix = ['setpriv', '--bounding-set=-sys_rawio', '--inh-caps=-sys_rawio'];
      await using _running = await launchReady([file], { prefix });
      await judged();
    }
    await using built = start(await build(folder, file));
    await built.waitFor(isReady);
    await judged();
  });

  test('notices that its client has gone, and punishes a user and no other', async () => {
    using folder = new TestFolder();
    const path = join(folder.path, 's');
    const file = policy(folder, {
      listen: [{ address: `unix:${path}`, mode: '0666' }],
      run: [
        '/bin/sh',
        '-c',
        'read word; if [ "$word" = stay ]; then echo stays >&2; exec sleep 600; fi; exit 7',
      ],
      lines: [
        'exec: allow',
        'limits: { client-gone: 200ms, grace: 0, penalties: { status-7: 60s, min: 15s } }',
      ],
      seccomp: '{ default: allow, rules: [getpid] }',
    });
    await using running = await launchReady([file]);
    const client = spawn('sh', ['-c', `(echo stay; sleep 600) | socat - UNIX-CONNECT:${path}`], {
      detached: true,
    });
    // A client that is killed before its word arrives is one that says nothing.
    await running.waitFor(({ event }) => event === 'log');
    process.kill(-(client.pid ?? 0), 'SIGKILL');
    expect(await running.waitFor(({ event }) => event === 'end')).toMatchObject({ cause: 'client-gone' });
    await socat(`UNIX-CONNECT:${path}`, { uid: USER, say: 'leave' });
    const penalty = await running.waitFor(({ event }) => event === 'penalty');
    expect(penalty).toMatchObject({ source: `uid:${USER}`, cause: 'status' });
    await socat(`UNIX-CONNECT:${path}`, { uid: USER, say: 'again' });
    const refused = await running.waitFor(({ event }) => event === 'refused');
    expect(refused).toMatchObject({ reason: 'penalty', uid: USER });
    await socat(`UNIX-CONNECT:${path}`, { uid: OTHER, say: 'other' });
    await running.waitFor(({ event, uid }) => event === 'start' && uid === OTHER);
  });

  test('has no list of users without root, where all have one number', async () => {
    using folder = new TestFolder();
    chownSync(folder.path, USER, USER);
    const file = policy(folder, { listen: [`unix:${folder.path}/s`], lines: ['allow: [uid:0]'] });
    const { code, stderr } = await portcullis(['run', '--unprivileged', file], { uid: USER });
    expect(code).toBe(125);
    expect(stderr).toMatch(/local\.yaml:7:9: error: 'uid:0' cannot be told .*\[access-unprivileged\]/);
  });

  test('accepts for itself, and ends with a listener that it has shut down', async () => {
    using folder = new TestFolder();
    const path = join(folder.path, 's');
    const script = `import socket, os
s = socket.socket(fileno=0)
while True:
    c, _ = s.accept()
    word = c.recv(9)
    c.sendall(b'%s as %s' % (word, os.environ['LISTEN_FDS'].encode()))
    c.close()
    if word == b'shut': s.shutdown(socket.SHUT_RD); break
    if word == b'leave': break
`;
    const program = folder.write('accept.py', script);
    const file = policy(folder, {
      listen: [`unix:${path}`],
      run: ['/usr/bin/python3', '-I', program],
      lines: ['handoff: listener', 'listen-fds: true'],
      seccomp: '{ default: allow, rules: [getpid] }',
    });
    await using running = await launchReady([file]);
    const say = async (word: string): Promise<string> =>
      (await socat(`UNIX-CONNECT:${path}`, { say: word })).stdout;
    expect(await say('one')).toBe('one as 1');
    expect(await say('leave')).toBe('leave as 1');
    expect(await say('two'), running.transcript()).toBe('two as 1');
    expect(running.events.filter(({ event }) => event === 'listener-lost')).toEqual([]);
    expect(await say('shut')).toBe('shut as 1');
    expect(await running.waitFor(({ event }) => event === 'listener-lost')).toMatchObject({
      errno_name: 'ESHUTDOWN',
    });
  });
});

describe('what stands in the place of a socket', () => {
  test('is replaced when it is a socket that nobody serves, of whatever type and owner', async () => {
    using folder = new TestFolder();
    const path = join(folder.path, 's');
    const file = policy(folder, { listen: [{ address: `unix:${path}`, owner: OTHER }] });
    for (const type of ['SOCK_STREAM', 'SOCK_SEQPACKET', 'SOCK_DGRAM']) {
      leaveStale(path, type);
      chownSync(path, OTHER, OTHER);
      chmodSync(path, 0o600);
      await using _running = await launchReady([file]);
      expect((await socat(`UNIX-CONNECT:${path}`)).stdout).toContain('PROTO=IPC');
    }
    expect(lstatSync(path).isSocket()).toBe(true);
  });

  test.each(['SOCK_STREAM', 'SOCK_SEQPACKET', 'SOCK_DGRAM'])('stays when a %s is in use', async (type) => {
    using folder = new TestFolder();
    const path = join(folder.path, 's');
    const end = await serveForeign(path, type);
    const before = lstatSync(path).ino;
    const refused = launch([policy(folder, { listen: [`unix:${path}`] })]);
    expect((await refused.exited).code).toBe(125);
    expect(refused.stderr).toMatch(/connect\(.*another program serves that socket: `ss -xlp` names it/s);
    expect(lstatSync(path).ino).toBe(before);
    end();
  });

  test('stays when it is no socket: for check, and for an executable that comes later', async () => {
    using folder = new TestFolder();
    const path = join(folder.path, 's');
    const file = policy(folder, { listen: [`unix:${path}`] });
    const executable = await build(folder, file);
    leaveStale(join(folder.path, 'stale'));
    const things: Readonly<Record<string, () => void>> = {
      'a file': () => writeFileSync(path, 'precious'),
      'a directory': () => mkdirSync(path),
      'a symbolic link': () => symlinkSync(join(folder.path, 'stale'), path),
      'a device or a pipe': () => void execFileSync('mkfifo', [path]),
    };
    for (const [kind, make] of Object.entries(things)) {
      make();
      const before = lstatSync(path).ino;
      const checked = await portcullis(['check', file]);
      expect(checked.code).toBe(1);
      expect(checked.stderr + checked.stdout).toContain(
        `local.yaml:3:11: error: '${path}' is ${kind}, which`,
      );
      const started = start(executable);
      expect((await started.exited).code).toBe(125);
      expect(started.stderr + started.transcript(), kind).toMatch(/statx/);
      expect(lstatSync(path).ino, kind).toBe(before);
      rmSync(path, { recursive: true });
    }
    expect(lstatSync(join(folder.path, 'stale')).isSocket()).toBe(true);
  });

  test('has one winner when two starters race for it, every time', async () => {
    using folder = new TestFolder();
    const path = join(folder.path, 's');
    const executable = await build(folder, policy(folder, { listen: [`unix:${path}`] }));
    leaveStale(path);
    for (let round = 0; round < 12; round++) {
      const both = [start(executable), start(executable)];
      const ended = await Promise.race(both.map(async (each) => ({ each, ...(await each.exited) })));
      expect(ended.code, ended.each.transcript()).toBe(125);
      expect(ended.each.transcript()).toMatch(/flock|connect/);
      const winner = both.find((each) => each !== ended.each);
      await winner?.waitFor(isReady);
      expect((await socat(`UNIX-CONNECT:${path}`)).stdout, winner?.transcript()).toContain('PROTO=IPC');
      await winner?.stop();
    }
  });

  test('is not made where something else stands in the place of its lock, which stays', async () => {
    using folder = new TestFolder();
    const lock = join(folder.path, '.s.lock');
    const file = policy(folder, { listen: [`unix:${folder.path}/s`] });
    const victim = folder.write('victim', 'precious');
    const things: Readonly<Record<string, readonly [() => void, RegExp]>> = {
      'a symbolic link': [() => symlinkSync(victim, lock), /ELOOP .*a symbolic link stands in the place/],
      'a symbolic link to nothing': [() => symlinkSync(`${victim}-not`, lock), /ELOOP/],
      'a directory': [() => mkdirSync(lock), /EISDIR .*a directory stands in the place/],
      'the lock of another user': [
        () => {
          writeFileSync(lock, '', { mode: 0o600 });
          chownSync(lock, OTHER, OTHER);
        },
        /EACCES .*it belongs to another user/,
      ],
    };
    for (const [thing, [make, said]] of Object.entries(things)) {
      make();
      const before = lstatSync(lock).ino;
      const refused = launch([file]);
      expect((await refused.exited).code, thing).toBe(125);
      expect(refused.stderr, thing).toMatch(said);
      expect(lstatSync(lock).ino, thing).toBe(before);
      expect(existsSync(join(folder.path, 's')), thing).toBe(false);
      rmSync(lock, { recursive: true });
    }
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(existsSync(`${victim}-not`)).toBe(false);
  });

  test('is served again after its gate was killed', async () => {
    using folder = new TestFolder();
    const path = join(folder.path, 's');
    const file = policy(folder, { listen: [{ address: `unix:${path}`, owner: OTHER }] });
    const first = await launchReady([file]);
    first.process.kill('SIGKILL');
    await first.exited;
    await using _second = await launchReady([file]);
    expect((await socat(`UNIX-CONNECT:${path}`, { uid: OTHER })).stdout).toContain('PROTO=IPC');
  });

  test('waits for nobody else who may not open the lock', async () => {
    using folder = new TestFolder();
    const path = join(folder.path, 's');
    const file = policy(folder, { listen: [`unix:${path}`] });
    const first = await launchReady([file]);
    await first.stop();
    expect(statSync(join(folder.path, '.s.lock')).mode & 0o777).toBe(0o600);
    const as = [`--reuid=${USER}`, `--regid=${USER}`, '--clear-groups'];
    const lock = (what: string): number | null => {
      try {
        execFileSync('setpriv', [...as, 'flock', '-n', what, 'true'], { stdio: 'ignore' });
        return 0;
      } catch (error) {
        return (error as { status: number | null }).status;
      }
    };
    // Everybody may lock a directory that everybody may read.
    expect(lock(folder.path)).toBe(0);
    expect(lock(join(folder.path, '.s.lock'))).not.toBe(0);
    const holder = spawn('setpriv', [...as, 'flock', '--no-fork', folder.path, 'sleep', '600']);
    await using _second = await launchReady([file]);
    holder.kill('SIGKILL');
  });
});

describe('the directory of a socket', () => {
  test('is its owner’s alone, for check and for an executable that comes later', async () => {
    using folder = new TestFolder();
    const directory = join(folder.path, 'd');
    const path = join(directory, 's');
    const file = policy(folder, { listen: [`unix:${path}`] });
    mkdirSync(directory);
    const executable = await build(folder, file);
    const harms: Readonly<Record<string, readonly [() => void, RegExp]>> = {
      'writable by a group': [() => chmodSync(directory, 0o775), /writable by others|others can make files/],
      'writable by all': [() => chmodSync(directory, 0o1777), /others can make files/],
      "another user's": [() => chownSync(directory, OTHER, OTHER), /belongs to uid/],
    };
    for (const [harm, [change, reason]] of Object.entries(harms)) {
      change();
      const checked = await portcullis(['check', file]);
      expect(checked.code, harm).toBe(1);
      expect(checked.stdout + checked.stderr).toMatch(
        /local\.yaml:3:11: error: others could replace the socket/,
      );
      expect(checked.stdout + checked.stderr).toMatch(reason);
      const started = start(executable);
      expect((await started.exited).code, harm).toBe(125);
      expect(started.transcript()).toContain('statx');
      expect(existsSync(path)).toBe(false);
      chownSync(directory, 0, 0);
      chmodSync(directory, 0o755);
    }
    await using running = start(executable);
    await running.waitFor(isReady);
    expect((await socat(`UNIX-CONNECT:${path}`)).stdout).toContain('PROTO=IPC');
  });

  test('is there, and no symbolic link', async () => {
    using folder = new TestFolder();
    const link = join(folder.path, 'link');
    symlinkSync(folder.path, link);
    const listen = [`unix:${link}/s`, `unix:${folder.path}/missing/s`, `unix:${folder.path}/local.yaml/s`];
    const { stdout, stderr } = await portcullis(['check', policy(folder, { listen })]);
    const said = stdout + stderr;
    expect(said).toContain(`the directory '${link}' of the socket is a symbolic link`);
    expect(said).toContain(`the directory '${folder.path}/missing' of the socket cannot be reached`);
    expect(said).toContain("local.yaml' is no directory");
  });

  test('is the caller’s own without root, who gives no socket away', async () => {
    using folder = new TestFolder();
    const directory = join(folder.path, 'd');
    mkdirSync(directory);
    chownSync(directory, USER, USER);
    const path = join(directory, 's');
    const file = policy(folder, { listen: [`unix:${path}`] });
    await using running = await launchReady([file], { args: ['--unprivileged'], uid: USER });
    expect(lstatSync(path)).toMatchObject({ uid: USER, gid: USER });
    const { stdout } = await socat(`UNIX-CONNECT:${path}`, { uid: USER });
    expect(variablesIn(stdout)).toMatchObject({ IPCREMOTEEUID: `${USER}` });
    // Root is no user of that namespace.
    expect(variablesIn((await socat(`UNIX-CONNECT:${path}`)).stdout)).toMatchObject({
      IPCREMOTEEUID: '65534',
    });
    await running.stop();
    const owned = policy(folder, { listen: [{ address: `unix:${path}`, owner: OTHER, group: GROUP }] });
    const { stderr, stdout: said } = await portcullis(['run', '--unprivileged', owned], { uid: USER });
    expect(said + stderr).toMatch(
      /an ordinary user cannot give a socket away: '\d+' \[socket-owner-unprivileged\]/,
    );
  });

  test('is the caller’s own for an executable that an ordinary user starts', async () => {
    using folder = new TestFolder();
    const directory = join(folder.path, 'd');
    mkdirSync(directory);
    const path = join(directory, 's');
    const executable = await build(folder, policy(folder, { listen: [`unix:${path}`] }), '--unprivileged');
    const as = ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups'];
    const refused = start(executable, as);
    expect((await refused.exited).code).toBe(125);
    expect(refused.transcript()).toMatch(/openat answered EPERM\n.*O_NOATIME/);
    chownSync(directory, USER, USER);
    await using running = start(executable, as);
    await running.waitFor(isReady);
    expect((await socat(`UNIX-CONNECT:${path}`, { uid: USER })).stdout).toContain('PROTO=IPC');
  });
});

test('names a user that has a typo, at its place', async () => {
  using folder = new TestFolder();
  const file = policy(folder, {
    listen: [{ address: `unix:${folder.path}/s`, owner: 'nobdy', group: 'nogrup' }],
    lines: ['allow: [user:deamon, group:deamon, user:daemon]'],
  });
  const { stdout, stderr } = await portcullis(['check', file]);
  expect(stdout + stderr).toMatch(/error: unknown user 'nobdy' .*\n.*\n.*\n.*did you mean 'nobody'/);
  expect(stdout + stderr).toMatch(/error: unknown group 'nogrup' .*\n.*\n.*\n.*did you mean 'nogroup'/);
  expect(stdout + stderr).toMatch(/local\.yaml:7:9: error: unknown user 'deamon'/);
  expect(stdout + stderr).toMatch(/local\.yaml:7:22: error: unknown group 'deamon'/);
});
