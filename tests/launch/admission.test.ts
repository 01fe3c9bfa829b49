import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { type ProbedService, serveBuiltProbes, serveProbes } from '../support/probe-program.ts';
import { refusalsOf, sumOf } from '../support/refusals.ts';
import { suiteProbes } from '../support/suite-probes.ts';

const { folder, program } = suiteProbes();

/** The answer to a request; empty when the client was turned away. */
function visit({ port }: ProbedService, from: string, request = 'show-directory'): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from });
    let text = '';
    socket.on('error', () => undefined).on('close', () => resolve(text.trim()));
    socket.setEncoding('utf8').on('data', (bytes: string) => {
      text += bytes;
    });
    socket.write(`${request}\n`);
  });
}

async function visits(service: ProbedService, from: string, count: number): Promise<readonly string[]> {
  const answers: string[] = [];
  for (let visited = 0; visited < count; visited += 1) answers.push(await visit(service, from));
  return answers;
}

const SERVED = 'show-directory: /';

const served = (answers: readonly string[]): number => answers.filter((answer) => answer === SERVED).length;

const penaltiesOf = ({ launch }: ProbedService): readonly unknown[] =>
  launch.events
    .filter(({ event }) => event === 'penalty')
    .map(({ source, cause, ms }) => [source, cause, Number(ms) > 0]);

describe.each([
  ['run', serveProbes],
  ['an executable of its own', serveBuiltProbes],
] as const)('limits.rate of %s', (_, serve) => {
  test('a source is refused above its burst, another one is served, and nobody without the limit', async () => {
    await using open = await serve(folder, program, {});
    expect(served(await visits(open, '127.0.0.1', 8))).toBe(8);
    await using service = await serve(folder, program, {
      lines: ['limits: { rate: 1/h, burst: 3, drain: 200ms }'],
    });
    expect(served(await visits(service, '127.0.0.1', 8))).toBe(3);
    expect(served(await visits(service, '127.0.0.2', 8))).toBe(3);
    expect(await service.launch.stop()).toBe(0);
    expect(sumOf(refusalsOf(service.launch, 'rate'))).toBe(10);
  });
});

test('the addresses of a /24 have eight times the burst of one', async () => {
  await using service = await serveProbes(folder, program, {
    lines: ['limits: { rate: 1/h, burst: 1, drain: 200ms }'],
  });
  const answers: string[] = [];
  for (let last = 1; last <= 12; last += 1) answers.push(await visit(service, `127.0.7.${last}`));
  expect(served(answers)).toBe(8);
  expect(await visit(service, '127.0.8.1')).toBe(SERVED);
});

test('limits.total-rate lets clients wait, and closes nothing', async () => {
  await using service = await serveProbes(folder, program, {
    lines: ['limits: { total-rate: 10/s, total-burst: 2, drain: 200ms }'],
  });
  const begin = performance.now();
  const answers = await Promise.all(
    Array.from({ length: 7 }, (_, index) => visit(service, `127.0.0.${index + 1}`)),
  );
  expect(served(answers)).toBe(7);
  expect(performance.now() - begin).toBeGreaterThan(400);
  expect(refusalsOf(service.launch, 'rate')).toEqual([]);
});

test('a drain waits for limits.total-rate only while a client does, which hears of its end', async () => {
  const lines = ['limits: { total-rate: 1/h, total-burst: 1, drain: 20s }'];
  const unasked = await serveProbes(folder, program, { lines });
  expect(await visit(unasked, '127.0.0.1')).toBe(SERVED);
  await unasked.launch.waitFor(({ event }) => event === 'end');
  const begin = performance.now();
  expect(await unasked.launch.stop()).toBe(0);
  expect(performance.now() - begin).toBeLessThan(10_000);

  const asked = await serveProbes(folder, program, { lines: [lines[0]?.replace('20s', '300ms') ?? ''] });
  expect(await visit(asked, '127.0.0.1')).toBe(SERVED);
  const waits = (await dial(asked.port)).on('error', () => undefined).resume();
  const closed = new Promise((resolve) => waits.once('close', resolve));
  expect(await asked.launch.stop()).toBe(0);
  await closed;
  expect(sumOf(refusalsOf(asked.launch, 'draining'))).toBe(1);
});

test('a client that waits for limits.total-rate is judged when its time comes', async () => {
  await using service = await serveProbes(folder, program, {
    lines: [
      'limits: { total-rate: 20/m, total-burst: 1, penalties: { crash: 60s, min: 15s }, drain: 200ms }',
    ],
  });
  const crashes = connect({ port: service.port, host: '127.0.0.1', localAddress: '127.0.6.1' });
  await service.launch.waitFor(({ event }) => event === 'start');
  const [same, other] = [visit(service, '127.0.6.1'), visit(service, '127.0.6.2')];
  crashes.on('error', () => undefined).write('signal-abort\n');
  await service.launch.waitFor(({ event }) => event === 'penalty');
  expect(await same).toBe('');
  expect(await other).toBe(SERVED);
  await service.launch.waitFor(({ event }) => event === 'refused');
  expect(sumOf(refusalsOf(service.launch, 'penalty'))).toBe(1);
});

describe('limits.penalties', () => {
  const PENALTIES = 'penalties: { crash: 20s, filter: 30s, time: 40s, status-2: 10s, min: 15s }';

  test.each([
    ['crash', 'signal-abort', '127.0.1.1'],
    ['filter', 'change-personality', '127.0.2.1'],
    ['time', 'spin', '127.0.3.1'],
  ])('%s: the source is refused, another one of its network is served', async (cause, request, from) => {
    await using service = await serveProbes(folder, program, {
      lines: [`limits: { ${PENALTIES}, time: 1s, grace: 0, drain: 200ms }`],
    });
    await visit(service, from, request);
    await service.launch.waitFor(({ event }) => event === 'penalty');
    expect(penaltiesOf(service)).toEqual([[`${from}/32`, cause, true]]);
    expect(await visit(service, from)).toBe('');
    expect(await visit(service, from.replace(/1$/, '2'))).toBe(SERVED);
    await service.launch.waitFor(({ event }) => event === 'refused');
    expect(refusalsOf(service.launch, 'penalty')).toHaveLength(1);
  });

  test('a status has its own, which count from `min` on', async () => {
    await using service = await serveProbes(folder, program, {
      lines: [`limits: { ${PENALTIES}, drain: 200ms }`],
    });
    const source = '127.0.4.1';
    expect(await visit(service, source, 'nothing-of-this-name')).toContain('no such probe');
    expect(await visit(service, source)).toBe(SERVED);
    expect(await visit(service, source, 'nothing-of-this-name')).toContain('no such probe');
    await service.launch.waitFor(({ event }) => event === 'penalty');
    expect(await visit(service, source)).toBe('');
    expect(penaltiesOf(service)).toEqual([[`${source}/32`, 'status', true]]);
  });

  test('sessions of one source that crash together keep out no neighbour, those of eight do', async () => {
    await using service = await serveProbes(folder, program, {
      lines: ['limits: { sessions: 60, penalties: { crash: 300s, min: 15s }, drain: 200ms }'],
    });
    const crashes = Array.from({ length: 30 }, () =>
      connect({ port: service.port, host: '127.0.0.1', localAddress: '127.0.9.1' }),
    );
    const count = (name: string): number =>
      service.launch.events.filter(({ event }) => event === name).length;
    await expect.poll(() => count('start')).toBe(30);
    for (const client of crashes) client.on('error', () => undefined).write('signal-abort\n');
    await expect.poll(() => count('end')).toBe(30);
    expect(penaltiesOf(service)).toEqual([['127.0.9.1/32', 'crash', true]]);
    for (let last = 2; last <= 8; last += 1) {
      expect(await visit(service, `127.0.9.${last}`)).toBe(SERVED);
      await visit(service, `127.0.9.${last}`, 'signal-abort');
    }
    await service.launch.waitFor(({ event, source }) => event === 'penalty' && source === '127.0.9.0/24');
    expect(await visit(service, '127.0.9.200')).toBe('');
    expect(await visit(service, '127.0.10.1')).toBe(SERVED);
  });

  test('none is there when none is named', async () => {
    await using service = await serveProbes(folder, program, {});
    for (let time = 0; time < 3; time += 1) await visit(service, '127.0.5.1', 'signal-abort');
    expect(await visit(service, '127.0.5.1')).toBe(SERVED);
  });
});
