import { closeSync, writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { pipe2 } from '../../src/host/libc.ts';
import { openPipe, PipeFlow } from '../../src/supervisor/pipe-flow.ts';

const O_CLOEXEC = 0o2000000;

const open: { readonly pipe: Socket; readonly write: number }[] = [];
afterEach(() => {
  for (const { pipe, write } of open.splice(0)) {
    closeSync(write);
    pipe.destroy();
  }
});

/** A pipe whose reads are counted and put together. */
function readPipe(): {
  readonly write: (text: string) => void;
  readonly pipe: Socket;
  readonly read: string[];
} {
  const [readEnd, writeEnd] = pipe2(O_CLOEXEC);
  const read: string[] = [];
  const pipe = openPipe(readEnd, (bytes) => void read.push(String(bytes)));
  open.push({ pipe, write: writeEnd });
  return { write: (text) => void writeSync(writeEnd, text), pipe, read };
}

test('what comes in while the pipes rest is read at once', async () => {
  const { write, pipe, read } = readPipe();
  new PipeFlow().add(pipe);
  pipe.resume();
  write('first');
  await expect.poll(() => read).toEqual(['first']);
  for (let i = 0; i < 20; i++) {
    write(`${i} `);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await expect.poll(() => read.join('')).toContain('19');
  expect(read.length).toBeLessThan(20);
});

test('a held pipe keeps what is in it until it is let go', async () => {
  const { write, pipe, read } = readPipe();
  const flow = new PipeFlow();
  flow.add(pipe);
  flow.hold(true);
  write('kept');
  await sleep(50);
  expect(read).toEqual([]);
  flow.hold(false);
  await expect.poll(() => read).toEqual(['kept']);
});
