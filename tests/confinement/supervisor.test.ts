import { spawn } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hostArchitecture } from '../../src/host/host-architecture.ts';
import { syscallNumber } from '../../src/kernel/system-calls.ts';
import { Installed } from '../support/installed.ts';
import { Launch, launch } from '../support/launch.ts';
import { NODE, PACKAGE } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { buildProbes, writeProbePolicy } from '../support/probe-program.ts';
import { processesOf } from '../support/processes.ts';
import { TestFolder } from '../support/test-folder.ts';

const PROBE = new URL('probes/supervisor.cjs', import.meta.url).pathname;
const KOFFI = join(PACKAGE, 'node_modules/koffi');
const EPERM = 1;
const EFAULT = 14;
const ENOSYS = 38;

function call(name: string, ...args: readonly number[]): readonly number[] {
  return [syscallNumber(name, hostArchitecture()) ?? -1, ...args, ...new Array(6).fill(0)].slice(0, 7);
}

/** What no function of Node does. The last three words of `mmap` are a private anonymous page. */
const CALLS = {
  'writable code': call('mmap', 0, 4096, 7, 0x22, -1, 0),
  'code from data': call('mprotect', 0, 4096, 4),
  'a user namespace': call('unshare', 0x1000_0000),
  'a ring': call('io_uring_setup', 1, 0),
  exec: call('execve', 0),
  'the path of its own exec': call('execve', 16),
  keys: call('keyctl', 0, -5, 1),
  limits: call('prlimit64', 1, 0, 4096),
  mount: call('mount'),
};

/** The report of the probe, which is ended then. */
async function reportOf(running: Launch): Promise<object> {
  try {
    return await running.waitFor(({ event }) => event === 'report');
  } finally {
    running.process.kill('SIGKILL');
    await running.exited;
  }
}

test('code of an attacker in the place of the supervisor has its pipes, and nothing more', async () => {
  using folder = new TestFolder();
  const program = buildProbes(folder);
  const secret = folder.write('secret', 'secret');
  chmodSync(secret, 0o600);
  const temporary = join(tmpdir(), `portcullis-probe-${process.pid}`);
  const target = createServer((socket) => socket.destroy());
  const port = freePort();
  await new Promise<void>((resolve) => target.listen(port, '127.0.0.1', resolve));
  const inputs = JSON.stringify({ koffi: KOFFI, calls: CALLS, secret, temporary, target: port });
  const probe = `globalThis.supervisorProbe = ${inputs};\n${readFileSync(PROBE, 'utf8')}`;

  // As root, and not confined.
  const file = folder.write('probe.cjs', probe);
  const bare = new Launch(spawn(NODE, [file], { stdio: ['ignore', 'pipe', 'pipe'] }));
  const opened = expect.any(Number);
  expect(await reportOf(bare)).toMatchObject({
    secret: 'secret',
    temporary: 'done',
    null: 'done',
    program: 'status 0',
    root: 'done',
    signal: 'done',
    memory: opened,
    environment: opened,
    'own memory': opened,
    'web assembly': 'object',
    raw: { 'writable code': 'done', 'a ring': EFAULT, exec: EFAULT, keys: 'done', limits: EFAULT },
    dialled: 'done',
  });
  rmSync(temporary);

  const installed = new Installed(folder);
  writeFileSync(join(installed.path, 'supervisor.cjs'), probe);
  const policy = writeProbePolicy(folder, program);
  const confined = launch([policy.file], { program: join(installed.path, 'portcullis.js') });
  const report = await reportOf(confined);
  target.close();
  expect(report).toMatchObject({
    secret: 'EACCES',
    temporary: 'EPERM',
    null: 'EPERM',
    program: 'EPERM',
    root: 'EPERM',
    group: 'EPERM',
    signal: 'EPERM',
    memory: 'EACCES',
    environment: 'EACCES',
    'own memory': 'EPERM',
    'web assembly': 'undefined',
    raw: {
      ...Object.fromEntries(Object.keys(CALLS).map((name) => [name, EPERM])),
      'a ring': ENOSYS,
      // The page that held the path went with the exec.
      'the path of its own exec': EFAULT,
    },
    dialled: 'EPERM',
  });
  await expect.poll(() => processesOf(installed.gate)).toEqual([]);
});
