import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ARCHITECTURES, type Architecture } from '../../src/kernel/architecture.ts';
import { builtProgram } from '../support/built-program.ts';
import { buildGate, GATE_SOURCE } from '../support/gate.ts';
import { buildChangedGate } from '../support/gate-objects.ts';
import { HOST } from '../support/host-architecture.ts';

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'gate-build-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

/** Numbers of elf(5). */
const MACHINES: Readonly<Record<Architecture, number>> = { x86_64: 62, aarch64: 183 };
const ET_EXEC = 2;
const SEGMENT = { load: 1, dynamic: 2, interpreter: 3, stack: 0x6474_e551 } as const;
const EXECUTABLE = 1;
const WRITABLE = 2;

interface Segment {
  readonly type: number;
  readonly flags: number;
}

function segmentsOf(elf: Buffer): readonly Segment[] {
  const table = Number(elf.readBigUInt64LE(32));
  const size = elf.readUInt16LE(54);
  return Array.from({ length: elf.readUInt16LE(56) }, (_, index) => ({
    type: elf.readUInt32LE(table + index * size),
    flags: elf.readUInt32LE(table + index * size + 4),
  }));
}

describe.each(ARCHITECTURES)('the gate for %s', (architecture) => {
  let elf: Buffer = Buffer.alloc(0);

  beforeAll(() => {
    elf = readFileSync(buildGate(architecture, directory));
  });

  test('is a small static program that needs nothing', () => {
    expect(elf.subarray(0, 6)).toEqual(Buffer.from('\x7fELF\x02\x01', 'latin1'));
    expect({ type: elf.readUInt16LE(16), machine: elf.readUInt16LE(18) }).toEqual({
      type: ET_EXEC,
      machine: MACHINES[architecture],
    });
    expect(elf.length).toBeLessThan(64 * 1024);
    const segments = segmentsOf(elf);
    const types = segments.map(({ type }) => type);
    expect(types).toContain(SEGMENT.load);
    expect(types).not.toContain(SEGMENT.interpreter);
    expect(types).not.toContain(SEGMENT.dynamic);
    expect(segments.filter(({ type }) => type === SEGMENT.stack)).toHaveLength(1);
    const both = segments.filter(({ flags }) => (flags & EXECUTABLE) !== 0 && (flags & WRITABLE) !== 0);
    expect(both).toEqual([]);
  });

  test.each(['gate', 'recorder'] as const)('is what the build has made: %s', (name) => {
    const file = `${name}-${architecture}`;
    expect(readFileSync(builtProgram(name, architecture))).toEqual(readFileSync(join(directory, file)));
  });

  test('is the same, byte for byte, from another folder', () => {
    const gates = ['a', 'another/and/deeper'].map((name) => {
      const folder = join(directory, architecture, name);
      mkdirSync(folder, { recursive: true });
      cpSync(GATE_SOURCE, join(folder, 'source'), { recursive: true });
      return readFileSync(buildGate(architecture, folder, join(folder, 'source')));
    });
    expect(gates[0]).toEqual(gates[1]);
    expect(gates[0]).toEqual(elf);
  });
});

test('a gate with a changed file is the same as one that is compiled whole', () => {
  const source = join(directory, 'source');
  cpSync(GATE_SOURCE, source, { recursive: true });
  const file = join(source, 'starts.c');
  const text = readFileSync(file, 'utf8').replace('LONGEST_PAUSE_MS = 30000', 'LONGEST_PAUSE_MS = 100');
  writeFileSync(file, text);
  const gate = join(directory, 'changed');
  buildChangedGate(gate, source, ['starts.c'], inject('gateObjects'));
  const whole = readFileSync(buildGate(HOST, source, source));
  expect(readFileSync(gate)).toEqual(whole);
  expect(whole).not.toEqual(readFileSync(builtProgram('gate', HOST)));
});
