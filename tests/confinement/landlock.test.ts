import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { launch } from '../support/launch.ts';
import { buildProbes, type ProbedService, serveProbes, writeProbePolicy } from '../support/probe-program.ts';
import { TestFolder } from '../support/test-folder.ts';
import { NO_LANDLOCK } from './support/no-landlock.ts';

let folder: TestFolder;
let program: string;

beforeAll(() => {
  folder = new TestFolder();
  program = buildProbes(folder);
});
afterAll(() => {
  folder[Symbol.dispose]();
});

/** A session that waits until its client has gone, and its process. */
async function beSibling({
  port,
}: ProbedService): Promise<{ readonly socket: Socket; readonly pid: string }> {
  const socket = await dial(port);
  socket.write('sibling\n');
  const text = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
  return { socket, pid: String(text).replace(/\D/g, '') };
}

describe('a kernel without Landlock', () => {
  test('starts no service, unless its policy says best-effort', async () => {
    const { file } = writeProbePolicy(folder, program);
    const running = launch([file], { prefix: NO_LANDLOCK });
    expect((await running.exited).code).toBe(125);
    expect(running.stderr).toContain('Landlock');
  });

  test('then it is the filter that keeps sessions from each other and from the gate', async () => {
    const lines = ['landlock: best-effort', 'limits: { drain: 200ms }'];
    const options = { prefix: NO_LANDLOCK };
    await using open = await serveProbes(
      folder,
      program,
      { lines, default: 'allow', rules: ['getpid'] },
      options,
    );
    await using confined = await serveProbes(folder, program, { lines }, options);
    for (const [service, answer] of [
      [open, 'done'],
      [confined, 'SIGSYS'],
    ] as const) {
      const { socket, pid } = await beSibling(service);
      expect(await service.attempt(`process-signal ${pid}`)).toBe(answer);
      expect(await service.attempt('process-signal 1')).toBe(answer);
      socket.destroy();
    }
    // What may be written is for the modes of files to say.
    expect(await confined.attempt('write-temporary')).toBe('done');
    expect(await confined.attempt('read-group-file')).toBe('EACCES');
  });
});
