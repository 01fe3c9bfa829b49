import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { isIPv4, isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LogFrames } from '../../src/gate-protocol/log-frames.ts';
import { compileTextHarness } from './support/text-harness.ts';

let directory = '';
let harness = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'gate-text-'));
  harness = compileTextHarness(directory);
});

afterAll(() => rmSync(directory, { recursive: true }));

function answers(lines: readonly string[]): readonly string[] {
  const output = execFileSync(harness, {
    input: `${lines.join('\n')}\n`,
    maxBuffer: 1 << 26,
  });
  return output.toString().trimEnd().split('\n');
}

const EDGES = [0n, 1n, -1n, 9n, 10n, 125n, (1n << 63n) - 1n, -(1n << 63n), 1n << 32n];

test('numbers are written as everybody writes them', () => {
  const numbers = [
    ...EDGES,
    ...fc.sample(fc.bigInt(-(1n << 63n), (1n << 63n) - 1n), { numRuns: 500, seed: 1 }),
  ];
  const expected = numbers.map((number) => `${number} ${String(number).length}`);
  expect(answers(numbers.map((number) => `n ${number}`))).toEqual(expected);
});

test('a time is written as ISO 8601 has it, whatever the day', () => {
  const days = Array.from(
    { length: 300 * 366 },
    (_, day) => day * 86_400_000 + (day % 86_400) * 1000 + (day % 1000),
  );
  const edges = ['2000-02-29', '2100-02-28', '2100-03-01', '2026-12-31', '9999-12-31'].flatMap((day) => [
    Date.parse(`${day}T00:00:00.000Z`),
    Date.parse(`${day}T23:59:59.999Z`),
  ]);
  const times = [0, 1, 999, 1000, ...edges, ...days];
  expect(answers(times.map((time) => `t ${time}`))).toEqual(
    times.map((time) => new Date(time).toISOString()),
  );
});

const byte = fc.nat(255);
const port = fc.nat(65_535);
/** Many zeros, in runs of all lengths: what the shortened text depends on. */
const group = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  fc.nat(0xffff),
  fc.nat(0xf),
  fc.constant(0xffff),
);
const groups = fc.array(group, { minLength: 8, maxLength: 8 });

function hex(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString('hex');
}

function v4Socket(address: readonly number[], at: number): string {
  return hex([2, 0, at >> 8, at & 0xff, ...address, ...new Array<number>(8).fill(0)]);
}

function v6Socket(parts: readonly number[], at: number, scope = 0): string {
  const address = parts.flatMap((part) => [part >> 8, part & 0xff]);
  return hex([10, 0, at >> 8, at & 0xff, 0, 0, 0, 0, ...address, scope, 0, 0, 0]);
}

/** RFC 5952 as the URL standard has it, which is another implementation. */
function v6Text(parts: readonly number[]): string {
  const long = parts.map((part) => part.toString(16)).join(':');
  return new URL(`http://[${long}]/`).hostname.slice(1, -1);
}

function isMapped(parts: readonly number[]): boolean {
  return parts.slice(0, 5).every((part) => part === 0) && parts[5] === 0xffff;
}

test('IPv4 addresses', () => {
  const samples = fc.sample(fc.tuple(fc.tuple(byte, byte, byte, byte), port), { numRuns: 300, seed: 2 });
  const all = [
    ...samples,
    ...[
      [127, 0, 0, 1],
      [127, 255, 255, 255],
      [0, 0, 0, 0],
      [255, 255, 255, 255],
    ].map((address) => [address, 7] as const),
  ];
  const expected = all.map(([address, at]) => {
    const text = address.join('.');
    expect(isIPv4(text)).toBe(true);
    return `${text} ${at} ${address[0] === 127 ? 1 : 0} ${text.length}`;
  });
  expect(answers(all.map(([address, at]) => `a ${v4Socket(address, at)}`))).toEqual(expected);
});

test('IPv6 addresses, shortened', () => {
  const samples = fc
    .sample(fc.tuple(groups, port), { numRuns: 3000, seed: 3 })
    .concat([
      [[0, 0, 0, 0, 0, 0, 0, 1], 7],
      [[0, 0, 0, 0, 0, 0, 0, 0], 65_535],
    ])
    .filter(([parts]) => !isMapped(parts));
  const expected = samples.map(([parts, at]) => {
    const text = v6Text(parts);
    expect(isIPv6(text)).toBe(true);
    return `${text} ${at} ${text === '::1' ? 1 : 0} ${text.length}`;
  });
  expect(answers(samples.map(([parts, at]) => `a ${v6Socket(parts, at)}`))).toEqual(expected);
});

test('an IPv4 peer of a dual-stack listener is told as IPv4', () => {
  const parts = [0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201];
  expect(
    answers([`a ${v6Socket(parts, 9)}`, `a ${v6Socket([0, 0, 0, 0, 0, 0xffff, 0x7f00, 1], 9)}`]),
  ).toEqual(['192.0.2.1 9 0 9', '127.0.0.1 9 1 9']);
});

test('an address of another family is none', () => {
  expect(answers([`a ${hex([1, 0, 47, 116])}`])).toEqual(['none']);
});

test('one source is an IPv4 address, an IPv6 /64, or a link', () => {
  const one = v4Socket([192, 0, 2, 1], 1);
  const mapped = v6Socket([0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201], 2);
  const net = [0x2001, 0xdb8, 1, 2];
  const link = (last: number): readonly number[] => [0xfe80, 0, 0, 0, 0, 0, 0, last];
  const cases = [
    [one, v4Socket([192, 0, 2, 1], 9), 1],
    [one, v4Socket([192, 0, 2, 2], 1), 0],
    [one, mapped, 1],
    [v6Socket([...net, 0, 0, 0, 1], 1), v6Socket([...net, 0xffff, 0, 0, 2], 2), 1],
    [v6Socket([...net, 0, 0, 0, 1], 1), v6Socket([0x2001, 0xdb8, 1, 3, 0, 0, 0, 1], 1), 0],
    [v6Socket([0, 0, 0, 0, 0, 0, 0, 1], 1), mapped, 0],
    [v6Socket(link(1), 1, 2), v6Socket(link(9), 1, 2), 1],
    [v6Socket(link(1), 1, 2), v6Socket(link(1), 1, 3), 0],
  ] as const;
  expect(answers(cases.map(([a, b]) => `c ${a} ${b}`))).toEqual(cases.map(([, , same]) => String(same)));
});

test('a log never takes more bytes than are counted', () => {
  const service = 'x'.repeat(63);
  const character = fc.oneof(
    byte,
    fc.constantFrom(0, 9, 10, 10, 10, 34, 92, 0xff),
    fc.constantFrom(...Buffer.from('aäß漢😀\u202e\u{e0001}')),
  );
  const texts = fc.sample(fc.array(character, { minLength: 1, maxLength: 4088, size: 'max' }), {
    numRuns: 200,
    seed: 4,
  });
  const bytes = [[10], [92], ...texts, new Array<number>(4088).fill(10), new Array<number>(4088).fill(1)];
  const costs = answers(bytes.map((text) => `l ${hex(text)}`));
  for (const [index, text] of bytes.entries()) {
    const frame = Buffer.concat([Buffer.alloc(8), Buffer.from(text)]);
    frame.writeUInt32LE(4_294_967_295, 0);
    frame.writeUInt32LE(text.length, 4);
    const frames = new LogFrames();
    const lines = [...frames.push(frame), ...frames.finish(4_294_967_295)];
    const time = new Date(0).toISOString();
    const written = lines.map((line) => JSON.stringify({ time, event: 'log', service, ...line }));
    const size = written.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
    expect(Number(costs[index])).toBeGreaterThanOrEqual(size);
    // And it is no exaggeration either.
    expect(Number(costs[index])).toBeLessThan(4 * size);
  }
});

interface Told {
  readonly reason: string;
  readonly peer?: string;
  readonly count: number;
}

test('every refusal is counted in some line, and a second has few of them, whatever comes', () => {
  const reasons = ['per-source', 'rate', 'penalty', 'gone', 'draining', 'access-list'];
  const refusal = fc.tuple(fc.nat(5), fc.nat(80), fc.nat(65_535));
  const second = fc.array(refusal, { maxLength: 400, size: 'max' });
  const seconds = fc.sample(second, { numRuns: 60, seed: 5 });
  const lines = seconds.map((refusals) => [
    ...refusals.map(([reason, source, at]) => `r ${reason} ${v4Socket([192, 0, 2, source], at)}`),
    'r +1000',
  ]);
  const told = answers([...lines.flat(), 'r +1000', 'r +1000']).map((line) => JSON.parse(line) as Told);
  expect(told.length).toBeLessThan(seconds.length * (2 * 32 + 6));
  for (const [index, reason] of reasons.entries()) {
    const counted = told.filter((line) => line.reason === reason).reduce((sum, { count }) => sum + count, 0);
    expect(counted).toBe(seconds.flat().filter(([number]) => number === index).length);
  }
  expect(told.some(({ peer }) => peer === undefined)).toBe(true);
});

test('the first refusal of a source is told at once, the next ones of it once a second', () => {
  const one = v6Socket([0x2001, 0xdb8, 1, 2, 0, 0, 0, 1], 1);
  const neighbour = v6Socket([0x2001, 0xdb8, 1, 2, 0, 0, 0, 2], 2);
  const other = v6Socket([0x2001, 0xdb8, 1, 3, 0, 0, 0, 1], 3);
  const many = new Array<string>(50).fill(`r 3 ${neighbour}`);
  const lines = answers([
    `r 3 ${one}`,
    `r 3 ${other}`,
    ...many,
    'r +1000',
    `r 3 ${one}`,
    'r +1000',
    'r +1000',
  ]);
  const gone = { event: 'refused', reason: 'gone' };
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { ...gone, peer: '2001:db8:1:2::1', port: 1, count: 1 },
    { ...gone, peer: '2001:db8:1:3::1', port: 3, count: 1 },
    { ...gone, peer: '2001:db8:1:2::2', port: 2, count: 50 },
    { ...gone, peer: '2001:db8:1:2::1', port: 1, count: 1 },
  ]);
});

test('an event is one line of JSON, whatever its numbers', () => {
  const lines = answers(EDGES.map((number) => `e ${number}`));
  expect(lines).toEqual(
    EDGES.map(
      (number) => `{"event":"sample","value":${number},"word":"exit","peer":"2001:db8::1","port":65535}`,
    ),
  );
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ event: 'sample' });
});

test('what a full pipe does not take is counted, and the count is told', () => {
  const output = execFileSync(harness, ['drop']).toString().trimEnd().split('\n');
  const events = output.map(
    (line) =>
      JSON.parse(line) as { readonly event: string; readonly value?: number; readonly count?: number },
  );
  const written = events.filter(({ event }) => event === 'sample').map(({ value }) => value ?? -1);
  const kept = written.length - 2;
  expect(kept).toBeGreaterThan(10);
  expect(written).toEqual([...Array.from({ length: kept }, (_, index) => index), 1000, 1001]);
  // The frame of a log that was dropped counts as well.
  expect(events.at(-2)).toEqual({ event: 'dropped', count: 1000 - kept + 1 });
});
