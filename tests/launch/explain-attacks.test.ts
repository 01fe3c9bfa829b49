import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exchange } from '../support/dial.ts';
import { type Launch, launchReady } from '../support/launch.ts';
import { freePort } from '../support/ports.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

/** Does what its client asks for, to mislead whoever follows its processes. */
const SOURCE = `
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void *fork_on(void *unused)
{
	for (;;)
		if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) == 0)
			_exit(0);
	return unused;
}

/* Processes that end while their threads make others, which nobody announces then. */
static void leave_orphans(void)
{
	for (int i = 0; i < 60; i++) {
		pthread_t thread;
		if (fork() == 0) {
			pthread_create(&thread, NULL, fork_on, NULL);
			pthread_create(&thread, NULL, fork_on, NULL);
			usleep(300 + i * 50);
			kill(getpid(), SIGKILL);
		}
		wait(NULL);
	}
}

/* Children of the gate, as sessions are. */
static void make_brothers(void)
{
	for (int i = 0; i < 40; i++)
		if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0)
			_exit(0);
	usleep(100000);
}

static void open_many(void)
{
	char path[32];
	for (int i = 0; i < 40; i++) {
		snprintf(path, sizeof path, "/etc/none-%d", i);
		open(path, O_WRONLY | O_CREAT, 0600);
	}
}

int main(void)
{
	int order = getchar();
	if (order == 'o')
		leave_orphans();
	if (order == 'b')
		make_brothers();
	if (order == 'm')
		open_many();
	for (int i = 0; order == 'm' && i < 4; i++) {
		usleep(500000);
		open("/etc/shadow", O_RDONLY);
	}
	open("/etc/shadow", O_RDONLY);
	printf("%s\\n", strerrorname_np(errno));
	return 0;
}
`;

let folder: TestFolder;
let program: string;

beforeAll(() => {
  folder = new TestFolder();
  program = `${folder.path}/misleading`;
  const source = folder.write('misleading.c', SOURCE);
  execFileSync('cc', ['-Wall', '-Wextra', '-Werror', '-pthread', '-o', program, source]);
  chmodSync(program, 0o755);
});
afterAll(() => folder[Symbol.dispose]());

async function explained(): Promise<{ readonly launch: Launch; readonly port: number }> {
  const [port, user] = [freePort(), freeUser()];
  const lines = [
    'portcullis: 1',
    `service: misleading-${port}`,
    `listen: tcp://127.0.0.1:${port}`,
    `run: [${program}]`,
    `user: ${user}`,
    `group: ${user}`,
    'rlimits: { nproc: 500, data: 256MiB, as: 1GiB }',
    'seccomp: { default: allow, rules: [getpid] }',
  ];
  const file = folder.write(`misleading-${port}.yaml`, `${lines.join('\n')}\n`);
  return { port, launch: await launchReady([file], { args: ['--explain'] }) };
}

/** The numbers of the sessions that are told to be refused this file, each once. */
function refused({ events }: Launch): readonly unknown[] {
  const told = events.filter(({ event, path }) => event === 'answered' && path === '/etc/shadow');
  return [...new Set(told.map(({ session }) => session))];
}

test.each([
  ['that the gate is made the parent of', 'b'],
  ['whose parents were killed before they were known', 'o'],
])('processes %s count as no sessions', async (_, order) => {
  const { launch, port } = await explained();
  await using running = launch;
  for (const each of ['a', order, order, 'a', 'a']) expect(await exchange(port, each)).toBe('EACCES\n');
  await running.stop();
  expect(refused(running)).toEqual([1, 2, 3, 4, 5]);
});

test('an answer for which a second had no room is told when it comes again', async () => {
  const { launch, port } = await explained();
  await using running = launch;
  const many = exchange(port, 'm');
  await running.waitFor(({ event, path }) => event === 'answered' && path === '/etc/none-0');
  expect(await many).toBe('EACCES\n');
  await running.stop();
  expect(refused(running)).toEqual([1]);
  const more = running.events.filter(({ event }) => event === 'answered-more');
  expect(more.length).toBeGreaterThan(0);
});
