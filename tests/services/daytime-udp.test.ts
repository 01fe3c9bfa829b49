import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { findings } from '../support/findings.ts';
import { launchReady } from '../support/launch.ts';
import { shippedPolicy } from '../support/policy-file.ts';
import { freePort } from '../support/ports.ts';
import { TestFolder } from '../support/test-folder.ts';
import { expectNoneKilled } from './support/session-ends.ts';

/** As RFC 867 has it for mail: `22 FEB 82 17:37:43 PST`. */
const DAYTIME = /^\d\d [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC\n$/;

/** Asks by an empty datagram, which socat sends at the end of its input; it never learns that nothing more comes. */
async function daytime(address: string): Promise<string> {
  const client = spawn('socat', ['-t20', '-', `${address},shut-null`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [answer] = await once(client.stdout, 'data');
  client.kill();
  return String(answer);
}

test('policies/daytime-udp.yaml answers empty datagrams of socat, over IPv4 and IPv6', async () => {
  using folder = new TestFolder();
  const port = freePort();
  const policy = shippedPolicy(folder, 'daytime-udp.yaml', { '[::]:13': `[::]:${port}` });
  expect(await findings(policy)).toEqual([]);
  await using running = await launchReady([policy]);
  expect(await daytime(`UDP4:127.0.0.1:${port}`)).toMatch(DAYTIME);
  expect(await daytime(`UDP6:[::1]:${port}`)).toMatch(DAYTIME);
  const peers = [1, 2].map((number) =>
    running.waitFor(({ event, session }) => event === 'start' && session === number),
  );
  expect(await Promise.all(peers)).toMatchObject([{ peer: '127.0.0.1' }, { peer: '::1' }]);
  await expectNoneKilled({ running });
});

test('with the default factor the answer is longer than the request, and is dropped', async () => {
  using folder = new TestFolder();
  const port = freePort();
  const changes = { '[::]:13': `127.0.0.1:${port}`, 'amplification: 2': 'amplification: 1' };
  await using running = await launchReady([shippedPolicy(folder, 'daytime-udp.yaml', changes)]);
  const socket = createSocket('udp4');
  const answers: Buffer[] = [];
  socket.on('message', (answer) => answers.push(answer));
  socket.send('', port, '127.0.0.1');
  await running.waitFor(({ event, reason }) => event === 'refused' && reason === 'amplification');
  expect(answers).toEqual([]);
  socket.close();
});
