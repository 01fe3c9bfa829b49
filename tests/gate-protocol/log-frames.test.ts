import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeText, LogFrames, type LogLine } from '../../src/gate-protocol/log-frames.ts';

/** `gate/log.c` writes the session, the length, then as many bytes; at most 4096 in all. */
function frame(session: number, bytes: string | Uint8Array): Buffer {
  const content = Buffer.from(bytes);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(session, 0);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content]);
}

function textsOf(lines: readonly LogLine[]): readonly string[] {
  return lines.map(({ session, text }) => `${session}:${text}`);
}

describe('frames', () => {
  test('a frame with several lines', () => {
    expect(new LogFrames().push(frame(3, 'one\ntwo\n\n'))).toEqual([
      { session: 3, text: 'one' },
      { session: 3, text: 'two' },
      { session: 3, text: '' },
    ]);
  });

  test('a line that begins in one frame and ends in another, with another session between', () => {
    const frames = new LogFrames();
    expect(frames.push(frame(1, 'hal'))).toEqual([]);
    expect(textsOf(frames.push(frame(2, 'other\nre')))).toEqual(['2:other']);
    expect(textsOf(frames.push(frame(1, 'f\n')))).toEqual(['1:half']);
    expect(textsOf(frames.finish(2))).toEqual(['2:re']);
    expect(frames.finish(1)).toEqual([]);
    expect(frames.finish(2)).toEqual([]);
  });

  test('a frame without bytes ends the last line of its session, and of no other', () => {
    const frames = new LogFrames();
    frames.push(frame(1, 'half'));
    frames.push(frame(2, 'other'));
    expect(textsOf(frames.push(frame(1, '')))).toEqual(['1:half']);
    expect(frames.push(frame(1, ''))).toEqual([]);
    expect(frames.finish(1)).toEqual([]);
    expect(textsOf(frames.finish(2))).toEqual(['2:other']);
  });

  test('half a line of more sessions than can live is not kept: the oldest is given out', () => {
    const frames = new LogFrames();
    const sessions = Array.from({ length: 16_384 + 3 }, (_, index) => index + 1);
    const lines = sessions.flatMap((session) => frames.push(frame(session, 'x')));
    expect(textsOf(lines)).toEqual(['1:x', '2:x', '3:x']);
  });

  test('a character of several bytes that is cut in two', () => {
    const frames = new LogFrames();
    const bytes = Buffer.from('grüß\n');
    frames.push(frame(1, bytes.subarray(0, 3)));
    expect(textsOf(frames.push(frame(1, bytes.subarray(3))))).toEqual(['1:grüß']);
  });

  test('a line without an end is given out in pieces, and never kept', () => {
    const frames = new LogFrames();
    const lines = Array.from({ length: 10 }, () => frames.push(frame(1, 'x'.repeat(4088)))).flat();
    expect(lines.map(({ text }) => text.length)).toEqual(new Array(9).fill(4096));
    expect(frames.finish(1).map(({ text }) => text.length)).toEqual([40_880 - 9 * 4096]);
  });

  test('lines do not depend on how a pipe cuts the frames', () => {
    const write = fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.string({ unit: fc.constantFrom('a', 'ß', '\n'), minLength: 1, maxLength: 40 }),
    );
    fc.assert(
      fc.property(
        fc.array(write, { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        (writes, sizes) => {
          const bytes = Buffer.concat(writes.map(([session, text]) => frame(session, text)));
          const frames = new LogFrames();
          const found: LogLine[] = [];
          for (let at = 0, turn = 0; at < bytes.length; turn++) {
            const size = sizes[turn % sizes.length] ?? 1;
            found.push(...frames.push(bytes.subarray(at, at + size)));
            at += size;
          }
          for (const session of [1, 2, 3]) {
            const all = writes.flatMap(([from, text]) => (from === session ? [text] : [])).join('');
            const own = [...found, ...frames.finish(session)].flatMap((line) =>
              line.session === session ? [line.text] : [],
            );
            expect(own).toEqual(
              all.endsWith('\n') || all === '' ? all.split('\n').slice(0, -1) : all.split('\n'),
            );
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('hostile text', () => {
  test.each([
    ['a colour', '\u001b[31mred', '\\u{1b}[31mred'],
    ['a cursor that moves up', '\u001b[1A\u001b[2K', '\\u{1b}[1A\\u{1b}[2K'],
    ['a window title', '\u001b]0;title\u0007', '\\u{1b}]0;title\\u{7}'],
    ['a carriage return', 'true\rfalse', 'true\\u{d}false'],
    ['a line of another alphabet’s end', 'a\u2028b\u2029c', 'a\\u{2028}b\\u{2029}c'],
    ['a C1 control', '\u009b31m', '\\u{9b}31m'],
    ['text that runs backwards', 'user\u202etxt.exe', 'user\\u{202e}txt.exe'],
    ['an invisible character', 'pay\u200bpal', 'pay\\u{200b}pal'],
    ['a delete', 'a\u007fb', 'a\\u{7f}b'],
    ['a zero', 'a\u0000b', 'a\\u{0}b'],
    ['what looks like an escape', '\\u{1b}', '\\\\u{1b}'],
    ['a tab, which is harmless', 'a\tb', 'a\tb'],
    ['another language, which is harmless', 'größe 長さ 😀', 'größe 長さ 😀'],
  ])('%s', (_, hostile, escaped) => {
    expect(escapeText(Buffer.from(hostile))).toBe(escaped);
  });

  test('bytes that are no text', () => {
    expect(escapeText(Buffer.from([0xff, 0xfe, 0x41, 0xc3]))).toBe('\ufffd\ufffdA\ufffd');
  });

  test('whatever is written, one line comes out that steers no terminal', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = escapeText(Buffer.from(bytes));
        expect(text).not.toMatch(/[^\P{Cc}\t]|[\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  test('different texts stay different', () => {
    const original = (text: string): string =>
      text.replace(/\\\\|\\u\{([0-9a-f]+)\}/g, (_, code?: string) =>
        code === undefined ? '\\' : String.fromCodePoint(Number.parseInt(code, 16)),
      );
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('\\', 'u', '{', '1', 'b', '}', '\u001b', '\r') }),
        (text) => {
          expect(original(escapeText(Buffer.from(text)))).toBe(text);
        },
      ),
    );
  });
});
