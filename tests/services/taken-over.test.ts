import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostArchitecture } from '../../src/host/host-architecture.ts';
import { syscallNumber } from '../../src/kernel/system-calls.ts';
import { launchReady } from '../support/launch.ts';
import { shippedPolicy } from '../support/policy-file.ts';
import { freePort } from '../support/ports.ts';
import { buildProbes, ProbedService } from '../support/probe-program.ts';
import { TestFolder } from '../support/test-folder.ts';
import { serveShipped } from './support/shipped-service.ts';

const KILL = syscallNumber('kill', hostArchitecture());

/** Policies that start one program in a root: the program, where it listens, its root. */
const POLICIES = [
  ['busybox-httpd.yaml', '/bin/busybox', '[::]:80', '/srv/httpd'],
  ['dictd.yaml', '/usr/sbin/dictd', '[::]:2628', '/srv/dictd'],
  ['guestbook.yaml', '/bin/dash', '[::]:4567', '/srv/guestbook'],
  ['micro-httpd.yaml', '/usr/sbin/micro-httpd', '[::]:80', '/srv/micro-httpd'],
  ['rsync.yaml', '/usr/bin/rsync', '[::]:873', '/srv/rsync'],
  ['svnserve.yaml', '/usr/bin/svnserve', '[::]:3690', '/srv/svn'],
  ['vsftpd.yaml', '/usr/sbin/vsftpd', '[::]:21', '/srv/vsftpd'],
  ['whois.yaml', '/usr/bin/python3', '[::]:43', '/srv/whois'],
] as const;

const ATTEMPTS = [
  ...['exec-path', 'exec-at-absolute-path', 'exec-from-memory'],
  ...['memory-writable-executable', 'memory-made-executable', 'memory-mapped-twice'],
  ...['become-root', 'unshare-user', 'clone-user', 'clone-three', 'open-ring', 'read-keys'],
  ...['redial 9', 'dial 9', 'dial-multipath 9', 'send-datagram 9', 'open-family 16', 'list-interfaces'],
  ...['process-limit 1', 'process-nice 1', 'process-trace 1', 'process-read-memory 1', 'process-look-into 1'],
  ...[`call ${KILL} 1 9`, `call ${KILL} 1 10`, `call ${KILL} ${2n ** 64n - 1n} 9`],
  ...['write-proc', 'make-shared-memory', 'make-message-queue', 'type-ahead'],
];

let probes: TestFolder;
let program: string;

beforeAll(() => {
  probes = new TestFolder();
  program = buildProbes(probes);
});
afterAll(() => {
  probes[Symbol.dispose]();
});

/** Each attempt ends the session, or is answered by an error; the next session is served all the same. */
async function expectNothingGained(service: ProbedService): Promise<void> {
  for (const attempt of ATTEMPTS) {
    const answer = await service.attempt(attempt);
    expect(answer, attempt).toMatch(/SIGSYS|E[A-Z]{3,}/);
    expect(answer, attempt).not.toMatch(/\bdone\b/);
  }
}

describe('code of an attacker in the place of a program that is shipped with a policy', () => {
  test.each(POLICIES)('%s', async (policy, path, listen, root) => {
    await using shipped = await serveShipped({
      policy,
      listen,
      root,
      prepare: (folder) => copyFileSync(program, join(folder, path)),
    });
    await expectNothingGained(new ProbedService(shipped.running, shipped.port));
  });

  test('echo.yaml', async () => {
    const port = freePort();
    const changes = { '[::]:7': `[::]:${port}`, '/bin/cat': program };
    await using running = await launchReady([shippedPolicy(probes, 'echo.yaml', changes)]);
    await expectNothingGained(new ProbedService(running, port));
  });
});
