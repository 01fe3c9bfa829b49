import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  AUDIT_DESCRIPTORS,
  firstFree,
  GATE_DESCRIPTORS,
  OUTER_DESCRIPTORS,
  TIMES_DESCRIPTOR,
} from '../../src/plan/gate-descriptors.ts';
import { peerDescriptors } from '../../src/plan/steps/peer-sockets.ts';
import { DATAGRAMS, HIGH_DATAGRAMS } from '../support/policy.ts';

const GATE = new URL('../../gate/', import.meta.url);

/** The descriptors of the gate's headers by name: `LOG_FD = 5`. */
function numbersOfTheGate(): ReadonlyMap<string, number> {
  const headers = readdirSync(GATE).filter((name) => name.endsWith('.h'));
  const text = headers.map((name) => readFileSync(new URL(name, GATE), 'utf8')).join('\n');
  return new Map(
    [...text.matchAll(/\b(\w+)_FD = (\d+)/g)].map((match) => [match[1] ?? '', Number(match[2])]),
  );
}

test('plans and the gate have the same descriptors', () => {
  const gate = numbersOfTheGate();
  for (const [name, number] of Object.entries({
    ...GATE_DESCRIPTORS,
    ...OUTER_DESCRIPTORS,
    ...AUDIT_DESCRIPTORS,
    times: TIMES_DESCRIPTOR,
  }))
    expect([name, gate.get(name.toUpperCase())]).toEqual([name, number]);
});

test('a gate of peers keeps nothing else at the numbers of their sockets', () => {
  const policy = { handoff: 'peer', listen: [DATAGRAMS, HIGH_DATAGRAMS] } as const;
  const peers = peerDescriptors(policy);
  expect(peers).toHaveLength(2);
  expect(Math.min(...peers)).toBeGreaterThan(TIMES_DESCRIPTOR);
  expect(firstFree(policy)).toBeGreaterThan(Math.max(...peers));
});

test('an outer gate has its events and its log where every gate has them', () => {
  const gate = numbersOfTheGate();
  expect(gate.get('OUTER_EVENTS')).toBe(GATE_DESCRIPTORS.events);
  expect(gate.get('OUTER_LOG')).toBe(GATE_DESCRIPTORS.log);
});

test('no two descriptors of an outer gate have one number, and all of them lie together', () => {
  const { events, log } = GATE_DESCRIPTORS;
  const numbers = [events, log, ...Object.values(OUTER_DESCRIPTORS)].sort((a, b) => a - b);
  expect(numbers).toEqual(numbers.map((_, index) => events + index));
});
