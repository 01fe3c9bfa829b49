import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GATE_DESCRIPTORS, ORDERS } from '../../src/gate-protocol/descriptors.ts';
import { parseGateEvent } from '../../src/gate-protocol/gate-event.ts';
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

test.each([
  ...['', '{', '{"event":"start"', 'null', '7', '"event"', '[]', '{}', '{"Event":"start"}'],
  ...['{"event":"toString"}', '{"event":["ready"]}', '{"event":"start","session":1}'],
  '{"event":"start","session":1,"pid":7,"peer":{},"port":4}',
  '{"event":"start","session":1,"pid":7,"peer":"::1"}',
  '{"event":"failed","step":7,"call":9,"line":3,"result":-97}',
  '{"event":"dropped","count":"9"}',
])('%o is no event', (line) => {
  expect(parseGateEvent(line)).toBeUndefined();
});

/** What a launcher reads: relay.c is the launcher of a gate that has none. */
function sources(folder: string): string {
  const directory = new URL(`../../${folder}/`, import.meta.url);
  return readdirSync(directory)
    .filter((name) => name !== 'relay.c')
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
