import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const PROGRAM = new URL('../../examples/datagrams/bind-again.py', import.meta.url).pathname;

async function linesOf(pause: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('python3', [PROGRAM, pause]);
  return stdout.trim().split('\n');
}

test('bind again and connect: the first datagram is lost, and with a pause a foreign one is answered to another', async () => {
  expect(await linesOf('0.2')).toEqual([
    "anna's session read: secret of berta, second of anna",
    'lost: first of anna',
    'leaked: secret of berta',
    'anna was told: answer to secret of berta, answer to second of anna',
    'berta was told: nothing',
  ]);
  expect((await linesOf('0')).slice(0, 3)).toEqual([
    "anna's session read: second of anna",
    'lost: first of anna',
    'leaked: no',
  ]);
});
