import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchange } from '../support/dial.ts';
import { Launch } from '../support/launch.ts';
import { NODE, PROGRAM } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { processTree } from '../support/processes.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

let folder: TestFolder;
/** Where version managers put it when root installs it: in a home that is closed to others. */
let node: string;
let policy: string;
const port = freePort();

beforeAll(() => {
  folder = new TestFolder();
  const home = join(folder.path, 'home');
  mkdirSync(home, { mode: 0o700 });
  node = join(home, 'node');
  copyFileSync(NODE, node);
  policy = folder.write(
    'echo.yaml',
    `portcullis: 1\nservice: echo\nlisten: tcp://127.0.0.1:${port}\nrun: [/bin/cat]\nuser: nobody\n`,
  );
});
afterAll(() => {
  folder[Symbol.dispose]();
});

describe('a Node that only root can reach', () => {
  test('still runs the supervisor, which is an ordinary user and keeps no descriptor that leads to it', async () => {
    const uid = freeUser();
    expect(spawnSync(node, ['--version'], { uid, gid: uid }).error).toMatchObject({ code: 'EACCES' });
    const command = [PROGRAM, 'run', '--json', policy];
    await using running = new Launch(spawn(node, command, { stdio: ['ignore', 'pipe', 'pipe'], env: {} }));
    await running.waitFor(({ event }) => event === 'ready');
    const [supervisor] = processTree(running.process.pid ?? 0);
    expect(supervisor).toMatchObject({ program: node });
    expect(supervisor?.status.get('Uid')).not.toMatch(/\b0\b/);
    expect([...(supervisor?.descriptors.values() ?? [])]).not.toContain(node);
    expect(await exchange(port, 'hello\n')).toBe('hello\n');
    await running.waitFor(({ event }) => event === 'end');
    expect(await running.stop()).toBe(0);
  });

  test('is refused before anything starts where the file itself is closed', () => {
    chmodSync(node, 0o700);
    const { status, stderr } = spawnSync(node, [PROGRAM, 'run', policy], { encoding: 'utf8', env: {} });
    chmodSync(node, 0o755);
    expect(stderr).toContain(`may not execute ${node}; chmod o+x it; nothing was started`);
    expect(status).toBe(125);
  });
});
