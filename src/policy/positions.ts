import type { LineCounter, Scalar } from 'yaml';
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

export function positionsOf(file: string, text: string, lines: LineCounter): Positions {
  function between(start: number, end: number): Span {
    const { line, col } = lines.linePos(start);
    const newline = text.slice(start, end).search(/[\r\n]/);
    const length = newline === -1 ? end - start : newline;
    return { file, line: Math.max(1, line), column: Math.max(1, col), length: Math.max(1, length) };
  }

  function scalar(node: Scalar, [start, end]: readonly [number, number]): Span {
    const quoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
    if (quoted && end - start > 2) return between(start + 1, end - 1);
    if (node.type === 'BLOCK_FOLDED' || node.type === 'BLOCK_LITERAL') return between(start, start + 1);
    return between(start, end);
  }

  return { between, scalar };
}
