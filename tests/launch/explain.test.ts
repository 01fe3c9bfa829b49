import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostArchitecture } from '../../src/host/host-architecture.ts';
import { dial, exchange } from '../support/dial.ts';
import { type Launch, launchReady, type RunEvent } from '../support/launch.ts';
import { NODE, PROGRAM } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

/** Does what the parts of a confinement refuse, and reports each answer to its client. */
const SOURCE = `
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *what, long result)
{
	printf("%s %s\\n", what, result < 0 ? strerrorname_np(errno) : "ok");
	fflush(stdout);
}

static struct sockaddr_in local(int port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return at;
}

static void try_files(const char *data)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/file", data);
	int file = open(path, O_WRONLY | O_CREAT, 0600);
	say("file", file);
	say("size", write(file < 0 ? open("/dev/null", O_WRONLY) : file, "text", 4));
	close(file);
	snprintf(path, sizeof path, "%s/below", data);
	say("rule", mkdir(path, 0700));
}

static void try_network(void)
{
	struct sockaddr_in at = local(9);
	int datagrams = socket(AF_INET, SOCK_DGRAM, 0);
	say("datagram", connect(datagrams, (void *)&at, sizeof at));
	at = local(8080);
	int stream = socket(AF_INET, SOCK_STREAM, 0);
	say("port", bind(stream, (void *)&at, sizeof at));
	close(stream);
	close(datagrams);
}

static void try_limits(void)
{
	long result = 0, last = 0;
	for (int i = 0; i < 40 && result >= 0; i++)
		result = dup(1);
	say("descriptors", result);
	for (int i = 3; i < 64; i++)
		close(i);
	void *memory = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	say("memory", memory == MAP_FAILED ? -1 : 0);
	if (memory != MAP_FAILED)
		munmap(memory, 64 << 20);
	say("heap", sbrk(64 << 20) == (void *)-1 ? -1 : 0);
	last = fork();
	if (last == 0)
		_exit(0);
	say("child", last);
	waitpid(last, NULL, 0);
}

static void try_privilege(void)
{
	say("root", chroot("/"));
	say("priority", setpriority(PRIO_PROCESS, 0, -5));
	say("user", setresuid(-1, 1, -1));
}

/* Children that are refused as often as they can, and then make a call that is denied. */
static int storm(const char *data)
{
	char path[4096];
	for (int i = 0; i < 16; i++) {
		if (fork() != 0)
			continue;
		for (int n = 0; n < 200; n++)
			open("/etc/shadow", O_RDONLY);
		snprintf(path, sizeof path, "%s/made-%d", data, i);
		mkdir(path, 0700);
		_exit(0);
	}
	for (int i = 0; i < 16; i++) {
		int status = 0;
		wait(&status);
		say(status == SIGKILL ? "killed" : "alive", 0);
	}
	return 0;
}

/* A client that asks for it gets children that are refused without end. */
static int busy(void)
{
	if (getchar() != 'b') {
		say("served", open("/etc/shadow", O_RDONLY));
		return 0;
	}
	say("busy", 0);
	for (int i = 0; i < 4; i++)
		fork();
	for (;;)
		open("/etc/shadow", O_RDONLY);
}

int main(int argc, char **argv)
{
	signal(SIGXFSZ, SIG_IGN);
	if (argc == 5)
		return busy();
	if (argc == 4)
		return storm(argv[1]);
	if (argc == 3) {
		say("open", open(argv[2], O_RDONLY));
		return 0;
	}
	try_files(argv[1]);
	try_network();
	try_limits();
	try_privilege();
	return 0;
}
`;

let folder: TestFolder;
let program: string;

beforeAll(() => {
  folder = new TestFolder();
  program = `${folder.path}/refused`;
  execFileSync('cc', ['-Wall', '-Wextra', '-Werror', '-o', program, folder.write('refused.c', SOURCE)]);
  chmodSync(program, 0o755);
});
afterAll(() => folder[Symbol.dispose]());

const RULES = [
  ...[
    '@start',
    '@stdio',
    '@read-files',
    '@write-files',
    '@fork',
    'bind',
    'connect',
    'setresuid',
    'chroot',
    'setpriority',
  ],
  'socket(family == AF_INET)',
  'dup',
];
const MKDIR = 'mkdir -> errno(ENOTTY)';

/** The keys of a policy whose every part refuses something. */
const TIGHT: ReadonlyMap<string, readonly string[]> = new Map([
  ['rlimits.nproc', ['0']],
  ['rlimits.nofile', ['32']],
  ['rlimits.data', ['32MiB']],
]);

interface Service {
  readonly file: string;
  readonly port: number;
  readonly data: string;
}

function service(
  keys: ReadonlyMap<string, readonly string[]>,
  rules: readonly string[],
  run?: string,
): Service {
  const [port, user] = [freePort(), freeUser()];
  const data = `${folder.path}/data-${port}`;
  mkdirSync(data);
  chownSync(data, user, user);
  const limits = [...keys].flatMap(([key, [value = '']]) =>
    key.startsWith('rlimits.') ? [`${key.slice('rlimits.'.length)}: ${value}`] : [],
  );
  const value = (key: string, values: readonly string[]): string =>
    key === 'network' ? (values[0] ?? '') : `[${values.join(', ')}]`;
  const lines = [
    'portcullis: 1',
    `service: refused-${port}`,
    `listen: tcp://127.0.0.1:${port}`,
    `run: [${run ?? `${program}, ${data}`}]`,
    ...(keys.has('user') ? [] : [`user: ${user}`, `group: ${user}`]),
    ...[...keys].flatMap(([key, values]) =>
      key.startsWith('rlimits.') ? [] : [`${key}: ${key === 'writable' ? `[${data}]` : value(key, values)}`],
    ),
    ...(keys.get('network')?.[0] === 'loopback' ? ['accept: { network: it dials itself }'] : []),
    `rlimits: { ${limits.join(', ')} }`,
    `seccomp: { rules: ${JSON.stringify(rules)} }`,
  ];
  return { port, data, file: folder.write(`refused-${port}.yaml`, `${lines.join('\n')}\n`) };
}

async function recorded(
  of: Service,
  args: readonly string[] = ['--explain'],
): Promise<readonly [string, Launch]> {
  const running = await launchReady([of.file], { args });
  const answer = await exchange(of.port, '').catch(() => '');
  await running.waitFor(({ event }) => event === 'end');
  await running.stop();
  return [answer, running];
}

type Answered = RunEvent & { readonly key: string; readonly value: string; readonly reason: string };

function answers({ events }: Launch): readonly Answered[] {
  return events.filter((event): event is Answered => event.event === 'answered');
}

test('each refusal is told with the cause and the key, and with these keys everything works', async () => {
  const tight = service(TIGHT, [...RULES, MKDIR]);
  const [before, first] = await recorded(tight);
  expect(before).toBe(
    `${['file EACCES', 'size ok', 'rule ENOTTY', 'datagram ENETUNREACH', 'port EACCES', 'descriptors EMFILE'].join('\n')}\n` +
      `${['memory ENOMEM', 'heap ENOMEM', 'child EAGAIN', 'root EPERM', 'priority EACCES', 'user EPERM'].join('\n')}\n`,
  );
  const told = answers(first);
  const causes = told.map(({ call_name, errno_name, cause, key, value }) =>
    [call_name, errno_name, cause, key, value].join(' ').trim(),
  );
  const all = [
    `openat EACCES landlock writable ${tight.data}`,
    'mkdir ENOTTY rule seccomp.rules',
    'connect ENETUNREACH network network loopback',
    'bind EACCES landlock network loopback',
    'dup EMFILE rlimit rlimits.nofile 64',
    'mmap ENOMEM rlimit rlimits.data 128MiB',
    'brk ENOMEM rlimit rlimits.data 64MiB',
    'clone EAGAIN rlimit rlimits.nproc 16',
    'chroot EPERM capability capabilities CAP_SYS_CHROOT',
    'setpriority EACCES capability capabilities CAP_SYS_NICE',
    'setresuid EPERM capability capabilities CAP_SETUID',
  ];
  expect(causes).toEqual(expect.arrayContaining(all));
  const keys = new Map<string, readonly string[]>();
  for (const { key, value } of told) {
    if (key === 'seccomp.rules') continue;
    keys.set(key, [...new Set([...(keys.get(key) ?? []), value])]);
  }
  const [after, second] = await recorded(service(keys, [...RULES, 'mkdir']));
  // The size of files shows only where one can be written.
  expect(after).toContain('size EFBIG\n');
  expect(after.replace('size EFBIG', 'size ok').replaceAll(/^\w+ ok\n/gm, '')).toBe('');
  expect(answers(second).find(({ call_name }) => call_name === 'write')).toMatchObject({
    errno_name: 'EFBIG',
    cause: 'rlimit',
    key: 'rlimits.fsize',
    value: '1MiB',
  });
  const sized = service(new Map([...keys, ['rlimits.fsize', ['1MiB']]]), [...RULES, 'mkdir']);
  const [last] = await recorded(sized, []);
  expect(last.replaceAll(/^\w+ ok\n/gm, '')).toBe('');
});

test('the modes of a file are told with the user', async () => {
  const secret = folder.write('secret', 'x');
  const owner = freeUser();
  chownSync(secret, owner, owner);
  chmodSync(secret, 0o600);
  const run = `${program}, open, ${secret}`;
  const [before, first] = await recorded(service(new Map(), ['@service'], run));
  expect(before).toBe('open EACCES\n');
  expect(answers(first).at(-1)).toMatchObject({
    call_name: 'openat',
    path: secret,
    cause: 'mode',
    key: 'user',
  });
  const own = service(new Map(), ['@service'], run);
  const text = readFileSync(own.file, 'utf8').replace(/^user: .*$/m, `user: ${owner}`);
  const [after] = await recorded({ ...own, file: folder.write('owner.yaml', text) });
  expect(after).toBe('open ok\n');
});

/** The inner gate of a service: the process with the name of a gate that started last. */
function gateOf({ port }: Service): number {
  const named = spawnSync('pgrep', ['-f', `^portcullis-gate: refused-${port}`], { encoding: 'utf8' });
  return Number(named.stdout.trim().split('\n').at(-1));
}

function statusOf(pid: number): ReadonlyMap<string, string> {
  const lines = readFileSync(`/proc/${pid}/status`, 'utf8').trim().split('\n');
  return new Map(lines.map((line) => [line.split(':')[0] ?? '', line.replace(/^\w+:\s*/, '')]));
}

/** Those that a process traces. */
function tracedBy(pid: number): readonly number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return statusOf(Number(name)).get('TracerPid') === `${pid}` ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

test('the recorder has no privilege, and no call that changes a process', async () => {
  const of = service(new Map(), ['@service'], '/bin/cat');
  await using running = await launchReady([of.file], { args: ['--explain'] });
  const gate = gateOf(of);
  const recorder = Number(statusOf(gate).get('TracerPid'));
  expect(recorder).toBeGreaterThan(1);
  const status = statusOf(recorder);
  const uid = status.get('Uid')?.split('\t')[0];
  const others = [statusOf(gate), statusOf(running.process.pid ?? 0)].map(
    (each) => each.get('Uid')?.split('\t')[0],
  );
  expect(['0', ...others]).not.toContain(uid);
  expect(status.get('Groups')).toBe('');
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    expect(status.get(set)).toBe('0000000000000000');
  expect([status.get('NoNewPrivs'), status.get('Seccomp')]).toEqual(['1', '2']);
  const asked = (call: string): string =>
    spawnSync(NODE, [PROGRAM, 'bpf', 'sim', `pid:${recorder}`, '--call', call], { encoding: 'utf8' }).stdout;
  for (const request of ['PTRACE_PEEKDATA', 'PTRACE_CONT'])
    expect(asked(`ptrace(${request})`)).toContain('allow');
  for (const request of ['PTRACE_POKEDATA', 'PTRACE_SETREGSET', 'PTRACE_ATTACH', 'PTRACE_SEIZE', '0x4212'])
    expect(asked(`ptrace(${request})`)).toContain('kill_process');
  expect(tracedBy(recorder)).toContain(gate);
});

test('without --explain nobody is traced, and with it the launch has the same steps', async () => {
  const of = service(new Map(), ['@service'], '/bin/cat');
  const steps: string[] = [];
  for (const args of [['--debug'], ['--debug', '--explain']]) {
    await using running = await launchReady([of.file], { args });
    expect(statusOf(gateOf(of)).get('TracerPid') === '0').toBe(args.length === 1);
    await running.stop();
    // Both gates print at once.
    const lines = running.stderr
      .split('\n')
      .filter((line) => /^(outer|inner) step/.test(line))
      .map((line) => line.replace(/(setsid|keyctl) = \d+$/, '$1'));
    steps.push(
      ['outer', 'inner'].flatMap((role) => lines.filter((line) => line.startsWith(role))).join('\n'),
    );
  }
  expect(steps[0]?.length).toBeGreaterThan(1000);
  expect(steps[1]).toBe(steps[0]);
});

test('what a wrapped program is refused is on standard error, and why explains it', () => {
  const path = `${folder.path}/none`;
  const policy = folder.write(
    'wrapped.yaml',
    `portcullis: 1\nservice: wrapped\nrun: [/usr/bin/touch, ${path}]\nseccomp: { rules: ["@service", "@write-files"] }\n`,
  );
  const run = (command: string, args: readonly string[], input = ''): ReturnType<typeof spawnSync> =>
    spawnSync(command, args, { encoding: 'utf8', input });
  const { stderr, status } = run(NODE, [PROGRAM, 'run', '--explain', policy]);
  expect(status).toBe(1);
  expect(existsSync(path)).toBe(false);
  const { stdout } = run(NODE, [PROGRAM, 'why', '-', policy], String(stderr));
  expect(stdout).toContain(`"${path}", O_WRONLY|O_CREAT`);
  expect(stdout).toContain(`key     writable: ${folder.path}`);
  const uid = freeUser();
  const own = spawnSync(NODE, [PROGRAM, 'run', '--unprivileged', '--explain', '--', 'cat', '/etc/shadow'], {
    encoding: 'utf8',
    cwd: '/',
    uid,
    gid: uid,
  });
  expect(own.stderr).toMatch(/^\{"event":"answered",.*"errno":13,"path":"\/etc\/shadow"\}$/m);
});

test('a storm of refusals and denied calls is told in part, and no denied call happens', async () => {
  const rules = ['@start', '@stdio', '@read-files', '@fork'];
  const made = service(new Map(), rules);
  const text = readFileSync(made.file, 'utf8').replace(
    /^run: .*$/m,
    `run: [${program}, ${made.data}, a, storm]`,
  );
  const of = {
    ...made,
    file: folder.write(`storm-${made.port}.yaml`, text.replace(/^user:/m, `writable: [${made.data}]\nuser:`)),
  };
  await using running = await launchReady([of.file], { args: ['--explain'] });
  const answered = await Promise.all([exchange(of.port, ''), exchange(of.port, '')]);
  expect(answered).toEqual(['killed ok\n'.repeat(16), 'killed ok\n'.repeat(16)]);
  expect(readdirSync(made.data)).toEqual([]);
  await running.stop();
  expect(answers(running).length).toBeLessThan(32);
  expect(answers(running).map(({ session }) => session)).toEqual(expect.arrayContaining([1, 2]));
  const more = running.events
    .filter(({ event }) => event === 'answered-more')
    .map(({ count }) => Number(count));
  const shadow = answers(running).filter(({ path }) => path === '/etc/shadow').length;
  expect(more.reduce((sum, count) => sum + count, shadow)).toBeGreaterThanOrEqual(2 * 16 * 200);
  const allowed = service(new Map(), [...rules, 'mkdir']);
  const same = readFileSync(allowed.file, 'utf8').replace(
    /^run: .*$/m,
    `run: [${program}, ${allowed.data}, a, storm]`,
  );
  const [alive] = await recorded({
    ...allowed,
    file: folder.write('alive.yaml', same.replace(/^user:/m, `writable: [${allowed.data}]\nuser:`)),
  });
  expect(alive).toBe('alive ok\n'.repeat(16));
  expect(readdirSync(allowed.data)).toHaveLength(16);
});

test('a session that is refused without end holds up no other, and without its recorder the service goes on', async () => {
  const of = service(
    new Map(),
    ['@start', '@stdio', '@read-files', '@fork'],
    `${program}, a, busy, session, here`,
  );
  await using running = await launchReady([of.file], { args: ['--explain'] });
  const held = await dial(of.port);
  held.end('b');
  expect(`${(await once(held, 'data'))[0]}`).toBe('busy ok\n');
  expect(await exchange(of.port, 'a')).toBe('served EACCES\n');
  const gate = gateOf(of);
  const recorder = Number(statusOf(gate).get('TracerPid'));
  expect(recorder).toBeGreaterThan(1);
  process.kill(recorder, 'SIGKILL');
  expect(await exchange(of.port, 'a')).toBe('served EACCES\n');
  expect(statusOf(gate).get('TracerPid')).toBe('0');
  held.destroy();
  // The second signal ends the service at once.
  running.process.kill('SIGTERM');
  await running.waitFor(({ event }) => event === 'draining');
});

test('nothing is started where a process may not be traced', () => {
  const { file } = service(new Map(), ['@service'], '/bin/cat');
  const traced = ['-f', '-o', '/dev/null', NODE, PROGRAM, 'run', '--explain', file];
  const { status, stderr } = spawnSync('strace', traced, { encoding: 'utf8' });
  expect(status).toBe(125);
  expect(stderr).toContain('no recorder: this process may not be traced: EPERM; nothing was started');
});

test('root is told the capability that it misses', () => {
  const data = `${folder.path}/roots`;
  mkdirSync(data);
  const owned = folder.write('roots/owned', '');
  const chown = (more: readonly string[]): { readonly status: number | null; readonly stderr: string } =>
    spawnSync(
      NODE,
      [
        ...[
          PROGRAM,
          'run',
          '--explain',
          '--user',
          'root',
          '--reason',
          'a test',
          '--service',
          'root',
          '--writable',
          data,
        ],
        ...['--rule', '@service', '--rule', 'fchownat', ...more, '--', 'chown', '1', owned],
      ],
      { encoding: 'utf8' },
    );
  const { status, stderr } = chown([]);
  expect(status).toBe(1);
  const line =
    stderr.split('\n').find((each) => each.startsWith('{"event":"answered"') && each.includes(owned)) ?? '';
  const policy = folder.write(
    'roots.yaml',
    'portcullis: 1\nservice: root\nuser: root\nreason: a test\nrun: [/bin/chown]\n',
  );
  const { stdout } = spawnSync(NODE, [PROGRAM, 'why', line, policy], { encoding: 'utf8' });
  expect(stdout).toContain('key     capabilities: CAP_CHOWN\n');
  expect(chown(['--capabilities', 'chown']).status).toBe(0);
});

test('a recorder exists for each machine that a gate exists for', () => {
  expect(existsSync(PROGRAM.replace('portcullis.js', `recorder-${hostArchitecture()}`))).toBe(true);
});
