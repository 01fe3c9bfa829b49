import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exchange } from '../support/dial.ts';
import { launchReady, type RunEvent } from '../support/launch.ts';
import { NODE, PROGRAM } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

/** A daemon of the old kind: it logs each request, and keeps a count in a file. */
const SOURCE = `
#include <stdio.h>
#include <syslog.h>

int main(int argc, char **argv)
{
	char line[100];
	FILE *count;

	openlog("old", LOG_PID, LOG_DAEMON);
	if (argc < 2 || !fgets(line, sizeof line, stdin))
		return 1;
	syslog(LOG_INFO, "a request");
	count = fopen(argv[1], "a");
	if (!count || fputs(line, count) < 0 || fclose(count) != 0)
		return 1;
	printf("ok %s", line);
	return 0;
}
`;

let folder: TestFolder;
let program: string;

beforeAll(() => {
  folder = new TestFolder();
  program = `${folder.path}/old`;
  execFileSync('cc', ['-Wall', '-Wextra', '-Werror', '-o', program, folder.write('old.c', SOURCE)]);
  chmodSync(program, 0o755);
});
afterAll(() => folder[Symbol.dispose]());

interface Settings {
  readonly rules: readonly string[];
  readonly keys: ReadonlyMap<string, string>;
}

/** A policy with these settings; directories of its own that it may write to. */
function policy({ rules, keys }: Settings): { readonly file: string; readonly port: number } {
  const [port, user] = [freePort(), freeUser()];
  const data = `${folder.path}/data-${port}`;
  mkdirSync(data);
  chownSync(data, user, user);
  const values = new Map([...keys].map(([key, value]) => [key, key === 'writable' ? `[${data}]` : value]));
  const lines = [
    'portcullis: 1',
    'service: old',
    `listen: tcp://127.0.0.1:${port}`,
    `run: [${program}, ${data}/log]`,
    `user: ${user}`,
    `group: ${user}`,
    ...[...values].map(([key, value]) =>
      key.startsWith('rlimits.')
        ? `rlimits: { ${key.slice('rlimits.'.length)}: ${value} }`
        : `${key}: ${value}`,
    ),
    `seccomp: { rules: ${JSON.stringify(rules)} }`,
  ];
  return { port, file: folder.write(`old-${port}.yaml`, `${lines.join('\n')}\n`) };
}

/** One session: its answer, and the denied call if there was one. */
async function tried(
  settings: Settings,
): Promise<{ readonly answer: string; readonly denied: RunEvent | undefined }> {
  const { file, port } = policy(settings);
  await using running = await launchReady([file]);
  const answer = await exchange(port, 'hello\n').catch(() => '');
  await running.waitFor(({ event }) => event === 'end');
  return { answer, denied: running.events.find(({ event }) => event === 'denied') };
}

/** The values of keys for which an event has words only. */
const VALUES: Readonly<Record<string, string>> = { 'a size': '1MiB' };

test('whoever follows each denied call to the letter arrives at a policy that works', async () => {
  let settings: Settings = { rules: ['@start', '@stdio'], keys: new Map() };
  const calls: unknown[] = [];
  const opened: unknown[] = [];
  for (;;) {
    const { answer, denied } = await tried(settings);
    if (denied === undefined) {
      expect(answer).toBe('ok hello\n');
      break;
    }
    expect(answer).toBe('');
    const { call_name, allow, keys, opens } = denied as RunEvent & {
      readonly allow: readonly string[];
      readonly keys: Readonly<Record<string, string>>;
      readonly opens: readonly string[];
    };
    calls.push(call_name);
    opened.push(...opens);
    const more = Object.entries(keys).map(([key, value]) => [key, VALUES[value] ?? value] as const);
    settings = { rules: [...settings.rules, ...allow], keys: new Map([...settings.keys, ...more]) };
    expect(calls.length).toBeLessThan(6);
  }
  expect(calls).toEqual(['getpid', 'socket', 'openat']);
  expect(opened).toEqual([]);
});

test('a person reads the call and the line in the log of a service', async () => {
  const { file, port } = policy({ rules: ['@start', '@stdio'], keys: new Map() });
  const child = spawn(NODE, [PROGRAM, 'run', '--no-json', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  await expect.poll(() => said).toContain('listening on');
  await exchange(port, 'hello\n').catch(() => '');
  await expect.poll(() => said).toContain(' ended: ');
  child.kill('SIGTERM');
  expect(said).toMatch(
    /^\S+ old: session 1: denied getpid\(\) in old\n {13}no rule has getpid; to allow it: "@identity"$/m,
  );
});
