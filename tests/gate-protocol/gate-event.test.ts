import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GATE_DESCRIPTORS, ORDERS } from '../../src/gate-protocol/descriptors.ts';
import { GateLines, parseGateEvent } from '../../src/gate-protocol/gate-event.ts';
import { CONFINED } from '../../src/gate-protocol/start-gate.ts';

test('a line of the events pipe', () => {
  const line = '{"event":"start","session":1,"pid":7,"peer":"2001:db8::1","port":40000}';
  expect(parseGateEvent(line)).toEqual({
    event: 'start',
    session: 1,
    pid: 7,
    peer: '2001:db8::1',
    port: 40_000,
  });
});

const DENIED = {
  event: 'denied',
  session: 3,
  pid: 12,
  program: 'größe',
  call: 257,
  args: ['0xffffff9c', '0x7ffc', '0x241', '0x180', '0x0', '0xffffffffffffffff'],
  ip: '0x7f12',
} as const;

test('a denied call, also one that is known by its number only', () => {
  const { pid, call } = DENIED;
  for (const event of [DENIED, { event: 'denied', pid, call }])
    expect(parseGateEvent(JSON.stringify(event))).toEqual(event);
});

test('the name of a program that comes in pieces', () => {
  const bytes = Buffer.from(`${JSON.stringify(DENIED)}\n`);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const lines = new GateLines();
    expect([...lines.push(bytes.subarray(0, cut)), ...lines.push(bytes.subarray(cut))]).toEqual([DENIED]);
  }
});

test.each([
  ...['', '{', '{"event":"start"', 'null', '7', '"event"', '[]', '{}', '{"Event":"start"}'],
  ...['{"event":"toString"}', '{"event":["ready"]}', '{"event":"start","session":1}'],
  '{"event":"start","session":1,"pid":7,"peer":{},"port":4}',
  '{"event":"start","session":1,"pid":7,"peer":"::1"}',
  '{"event":"failed","step":7,"call":9,"line":3,"result":-97}',
  '{"event":"dropped","count":"9"}',
  '{"event":"denied","pid":1,"call":"openat"}',
  '{"event":"denied","pid":1,"call":1,"args":"0x1"}',
  '{"event":"denied","pid":1,"call":1,"args":["0x1"]}',
  '{"event":"denied","pid":1,"call":1,"args":["0x1","0x1","0x1","0x1","0x1","1"]}',
  '{"event":"denied","pid":1,"call":1,"args":["0x1","0x1","0x1","0x1","0x1","0x11112222333344445"]}',
  '{"event":"kill-failed","pid":1,"call":1}',
])('%o is no event', (line) => {
  expect(parseGateEvent(line)).toBeUndefined();
});

/** What a launcher reads: relay.c is the launcher of a gate that has none. */
function sources(folder: string): string {
  const directory = new URL(`../../${folder}/`, import.meta.url);
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.includes('.') && !name.endsWith('relay.c'))
    .map((name) => readFileSync(new URL(name, directory), 'utf8'))
    .join('\n');
}

function parseLine(line: string): string {
  return (JSON.parse(line) as { readonly event: string }).event;
}

test('the gate says nothing that the supervisor has no type for, and the other way round', () => {
  const said = [...sources('gate').matchAll(/event_begin\("([^"]+)"\)/g)].map((match) => match[1] ?? '');
  const declared = readFileSync(new URL('../../src/gate-protocol/gate-event.ts', import.meta.url), 'utf8');
  const typed = [...declared.matchAll(/readonly event: ([^;}]+)/g)].flatMap((match) =>
    [...(match[1] ?? '').matchAll(/'([^']+)'/g)].map((name) => name[1] ?? ''),
  );
  // The first line of a gate is for its launcher.
  const launchers = [parseLine(CONFINED)];
  expect([...new Set(['failed', ...said])].sort()).toEqual([...new Set([...typed, ...launchers])].sort());
});

test('both sides have the same descriptors and orders', () => {
  const gate = sources('gate');
  for (const [name, number] of Object.entries(GATE_DESCRIPTORS))
    expect(gate).toContain(`${name.toUpperCase()}_FD = ${number}`);
  for (const order of Object.values(ORDERS)) expect(gate).toContain(`'${order}'`);
});
