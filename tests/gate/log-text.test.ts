import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { escapeText, LogFrames } from '../../src/gate-protocol/log-frames.ts';
import { HIDDEN_CHARACTERS } from '../../src/kernel/generated/hidden-characters.ts';
import { visible } from '../../src/policy/visible-text.ts';
import { NODE_VERSIONS, nodeOfVersion } from '../support/node-versions.ts';
import { compileTextHarness } from './support/text-harness.ts';

/** What fits one frame behind its head: `gate/gate.h`. */
const FRAME = 4088;
const LONGEST = 4096;

let directory = '';
let harness = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'log-text-'));
  harness = compileTextHarness(directory);
});

afterAll(() => rmSync(directory, { recursive: true }));

interface Write {
  readonly session: number;
  /** None: the session has ended. */
  readonly bytes: Uint8Array;
}

/** What sessions write, in the frames of the gate that has read it. */
function framesOf(writes: readonly Write[]): Buffer {
  return Buffer.concat(
    writes.flatMap(({ session, bytes }) => {
      const pieces = Array.from({ length: Math.max(1, Math.ceil(bytes.length / FRAME)) }, (_, index) =>
        bytes.subarray(index * FRAME, (index + 1) * FRAME),
      );
      return pieces.flatMap((piece) => {
        const head = Buffer.alloc(8);
        head.writeUInt32LE(session, 0);
        head.writeUInt32LE(piece.length, 4);
        return [head, piece];
      });
    }),
  );
}

/** The events of an executable of its own. */
function byGate(frames: Buffer): readonly string[] {
  const file = join(directory, 'frames');
  writeFileSync(file, frames);
  // A pipe would cut frames in two, which that of the gate never does.
  const input = openSync(file, 'r');
  const output = execFileSync(harness, ['log'], { stdio: [input, 'pipe', 'inherit'], maxBuffer: 1 << 28 });
  closeSync(input);
  return output.toString().split('\n').slice(0, -1);
}

/** The same of `run`: the supervisor puts time and service before these fields. */
function bySupervisor(frames: Buffer, sessions: readonly number[]): readonly string[] {
  const log = new LogFrames();
  const lines = [...log.push(frames), ...sessions.flatMap((session) => log.finish(session))];
  return lines.map(({ session, text }) => JSON.stringify({ event: 'log', session, text }));
}

/** Line by line: of a million, the first that differs is enough. */
function expectSame(writes: readonly Write[], sessions: readonly number[] = [1]): readonly string[] {
  const frames = framesOf(writes);
  const [found, wanted] = [byGate(frames), bySupervisor(frames, sessions)];
  const at = wanted.findIndex((line, index) => line !== found[index]);
  expect(found[at]).toBe(wanted[at]);
  expect(found).toHaveLength(wanted.length);
  return found;
}

function lines(all: readonly Uint8Array[]): readonly Write[] {
  return [{ session: 1, bytes: Buffer.concat(all.flatMap((line) => [line, Buffer.from('\n')])) }];
}

/** Code points, surrogates too, as UTF-8 would have them. */
function encoded(code: number): readonly number[] {
  const tail = (shift: number): number => 0x80 | ((code >> shift) & 0x3f);
  if (code < 0x80) return [code];
  if (code < 0x800) return [0xc0 | (code >> 6), tail(0)];
  if (code < 0x1_0000) return [0xe0 | (code >> 12), tail(6), tail(0)];
  return [0xf0 | (code >> 18), tail(12), tail(6), tail(0)];
}

const ALL = Array.from({ length: 0x11_0000 }, (_, code) => code);
const NEWLINE = 0x0a;

describe('the log of an executable and that of `run` are the same, byte by byte,', () => {
  test('for every code point', () => {
    const codes = ALL.filter((code) => code !== NEWLINE);
    const rows = Array.from({ length: Math.ceil(codes.length / 256) }, (_, row) =>
      Uint8Array.from(codes.slice(row * 256, (row + 1) * 256).flatMap(encoded)),
    );
    expect(expectSame(lines(rows))).toHaveLength(rows.length);
  });

  test('for bytes that are no text: all that decide where a character ends', () => {
    const edges = [
      ...[0x41, 0x5c, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf],
      ...[0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff],
    ];
    const pairs = ALL.slice(0, 0x1_0000).map((both) => Uint8Array.of(both >> 8, both & 0xff));
    const fours = edges.flatMap((a) =>
      edges.flatMap((b) => edges.flatMap((c) => edges.map((d) => Uint8Array.of(a, b, c, d)))),
    );
    expect(expectSame(lines([...pairs, ...fours])).length).toBeGreaterThan(400_000);
  });

  test.each([LONGEST - 1, LONGEST, LONGEST + 1, 2 * LONGEST, 3 * LONGEST + 17])(
    'for lines of %i bytes',
    (length) => {
      for (const unit of ['x', 'ß', '長', '😀', '\\', '"', '\t', '\u001b', '\u{e0041}', '\u0000']) {
        const line = Buffer.from(unit.repeat(length)).subarray(0, length);
        expectSame(lines([line, Buffer.from('next')]));
        expectSame([{ session: 1, bytes: line }]);
      }
    },
  );

  test('for sessions whose lines begin in the middle of others', () => {
    const write = fc.record({
      session: fc.integer({ min: 1, max: 60 }),
      bytes: fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 30 }),
        fc
          .string({ unit: fc.constantFrom('a', 'ß', '\n', '\\', '\u001b', '\u0890'), minLength: 1 })
          .map((text) => new Uint8Array(Buffer.from(text))),
        fc.constant(new Uint8Array()),
        fc.integer({ min: 3000, max: 9000 }).map((size) => new Uint8Array(size).fill(0xf0)),
      ),
    });
    fc.assert(
      fc.property(fc.array(write, { minLength: 1, maxLength: 120 }), (writes) => {
        // Which session's rest comes first is not said: each ends in its turn.
        const ends = Array.from({ length: 60 }, (_, index) => ({
          session: index + 1,
          bytes: new Uint8Array(),
        }));
        expectSame([...writes, ...ends]);
      }),
      { numRuns: 60 },
    );
  });
});

test('an executable remembers begun lines of 64 sessions; of more it gives the oldest out', () => {
  const begun = Array.from({ length: 66 }, (_, index) => ({
    session: index + 1,
    bytes: Buffer.from('half'),
  }));
  const rest = [3, 1].map((session) => ({ session, bytes: Buffer.from(' more\n') }));
  const texts = byGate(framesOf([...begun, ...rest])).map((line) => {
    const { session, text } = JSON.parse(line) as { readonly session: number; readonly text: string };
    return `${session} ${text}`;
  });
  expect(texts.slice(0, 4)).toEqual(['1 half', '2 half', '3 half more', '1  more']);
  expect(texts).toHaveLength(67);
});

describe('the table of hidden characters', () => {
  const inTable = (code: number): boolean =>
    HIDDEN_CHARACTERS.some(([first, last]) => code >= first && code <= last);

  test('is in order, and has no character that is seen', () => {
    const edges = HIDDEN_CHARACTERS.flat();
    expect(edges).toEqual([...edges].sort((a, b) => a - b));
    // Selectors of variants, which the block of tags has as well, count as marks.
    const seen = /[\p{L}\p{N}\p{P}\p{S}\p{Zs}\p{M}]/u;
    const excess = ALL.filter((code) => inTable(code) && seen.test(String.fromCodePoint(code)));
    expect(excess.filter((code) => code < 0xe_0100 || code > 0xe_01ef)).toEqual([]);
  });

  test.each(NODE_VERSIONS)('leaves nothing out that is one to Node %s', (version) => {
    const script = `for (let code = 0; code < 0x110000; code++)
      if (/[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]/u.test(String.fromCodePoint(code))) console.log(code)`;
    const codes = execFileSync(nodeOfVersion(version), ['-e', script])
      .toString()
      .trim()
      .split('\n')
      .map(Number);
    expect(codes.length).toBeGreaterThan(200);
    expect(codes.filter((code) => !inTable(code))).toEqual([]);
  });

  test('is what files and logs are escaped by', () => {
    const differing = ALL.filter((code) => code < 0xd800 || code > 0xdfff).filter((code) => {
      const character = String.fromCodePoint(code);
      if (character === '\t' || character === '\\') return false;
      const escaped = inTable(code) ? `\\u{${code.toString(16)}}` : character;
      return visible(character) !== escaped || escapeText(Buffer.from(character)) !== escaped;
    });
    expect(differing).toEqual([]);
    expect(visible('\ud800')).toBe('\\u{d800}');
  });
});
