import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { dial, exchange } from '../support/dial.ts';
import { type Launch, launchReady } from '../support/launch.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { shippedPolicy } from '../support/policy-file.ts';
import { freePort } from '../support/ports.ts';
import { TestFolder } from '../support/test-folder.ts';

/** Put in front of a command, a network of its own, where every port is free. */
const OWN_NETWORK = ['unshare', '-n', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh'];

/** Sends with a client in the network of the service. */
function exchangeThere({ process }: Launch, port: number, input: string): string {
  const client = ['busybox', 'nc', '127.0.0.1', String(port)];
  return execFileSync('nsenter', ['-n', '-t', String(process.pid), ...client], {
    input,
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
}

describe('policies/echo.yaml', () => {
  test('answers IPv4 and IPv6 clients with what they sent, and says who they were', async () => {
    using folder = new TestFolder();
    const port = freePort();
    await using running = await launchReady([
      shippedPolicy(folder, 'echo.yaml', { '[::]:7': `[::]:${port}` }),
    ]);
    const text = 'all the bytes\u0000\u00ff and a second line\n'.repeat(5000);
    expect(await exchange(port, text)).toBe(text);
    expect(await exchange(port, 'six\n', '::1')).toBe('six\n');
    const peers = [];
    for (const session of [1, 2]) {
      const start = await running.waitFor(
        ({ event, session: number }) => event === 'start' && number === session,
      );
      peers.push(start['peer']);
      const end = await running.waitFor(
        ({ event, session: number }) => event === 'end' && number === session,
      );
      expect(end).toMatchObject({ status: 0, cause: 'exit' });
    }
    expect(peers).toEqual(['127.0.0.1', '::1']);
    expect(await running.stop()).toBe(0);
  });

  test('serves the privileged port 7 as it is shipped', async () => {
    using folder = new TestFolder();
    await using running = await launchReady([shippedPolicy(folder, 'echo.yaml', {})], {
      prefix: OWN_NETWORK,
    });
    expect(exchangeThere(running, 7, 'hello\n')).toBe('hello\n');
    expect(running.stderr).toContain('ready on tcp://[::]:7');
  });

  test('a client that resets or says nothing costs its own session only', async () => {
    using folder = new TestFolder();
    const port = freePort();
    await using running = await launchReady([
      shippedPolicy(folder, 'echo.yaml', { '[::]:7': `[::]:${port}` }),
    ]);
    const silent = await dial(port);
    const reset = await dial(port);
    // One that is reset before it has a session never gets one.
    await running.waitFor(({ event, session }) => event === 'start' && session === 2);
    reset.resetAndDestroy();
    await running.waitFor(({ event, session }) => event === 'end' && session === 2);
    expect(await exchange(port, 'still here\n')).toBe('still here\n');
    silent.destroy();
    await running.waitFor(({ event, session }) => event === 'end' && session === 1);
  });

  test('an ordinary user serves the same policy on port 10007', async () => {
    using folder = new TestFolder();
    const policy = shippedPolicy(folder, 'echo.yaml', {});
    await using running = await launchReady([policy], {
      args: ['--unprivileged'],
      prefix: [...OWN_NETWORK, 'setpriv', '--reuid=12345', '--regid=12345', '--clear-groups'],
    });
    expect(exchangeThere(running, 10_007, 'hello\n')).toBe('hello\n');
    expect(running.stderr).toContain('tcp://[::]:10007');
    expect(await running.stop()).toBe(0);
  });
});
