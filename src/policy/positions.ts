import type { Scalar } from 'yaml';
import type { Span } from './diagnostic.ts';

/** Turns offsets of one file's text into spans. */
export interface Positions {
  /** From `start` up to `end`, cut at the end of the first line. */
  between(start: number, end: number): Span;
  /**
   * The text of a scalar, inside its quotes. When the text stands in the file as it is, the span is as long as the text and
   * offsets in the text are columns; with escapes or several lines it only marks where the scalar begins.
   */
  scalar(scalar: Scalar, range: readonly [number, number]): Span;
}

export function positionsOf(file: string, text: string): Positions {
  const lineStarts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];

  function between(from: number, end: number): Span {
    // A position between the two characters of a line's end counts as the end of the line.
    const start = from > 0 && text.startsWith('\r\n', from - 1) ? from - 1 : from;
    const line = lastAtOrBefore(lineStarts, start);
    const column = start - (lineStarts[line] ?? 0) + 1;
    const newline = text.slice(start, end).search(/[\r\n]/);
    const length = newline === -1 ? end - start : newline;
    return { file, line: line + 1, column, length: Math.max(1, length) };
  }

  function scalar(node: Scalar, [start, end]: readonly [number, number]): Span {
    const quoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
    if (quoted && end - start > 2) return between(start + 1, end - 1);
    if (node.type === 'BLOCK_FOLDED' || node.type === 'BLOCK_LITERAL') return between(start, start + 1);
    return between(start, end);
  }

  return { between, scalar };
}

/** The index of the last of some rising numbers that is not above `value`. */
function lastAtOrBefore(rising: readonly number[], value: number): number {
  let low = 0;
  let high = rising.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((rising[middle] ?? 0) <= value) low = middle;
    else high = middle;
  }
  return low;
}
