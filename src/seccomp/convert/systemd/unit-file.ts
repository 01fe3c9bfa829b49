import type { Span } from '../../../policy/diagnostic.ts';
import { positionsOf } from '../../../policy/positions.ts';
import type { Problems } from '../problems.ts';

/** A value or word of a unit file, and where it stands. */
export interface PlacedText {
  readonly text: string;
  readonly span: Span;
}

/** One `Key=value` of a unit file. */
export interface Assignment {
  /** `undefined`: above every section. */
  readonly section: string | undefined;
  readonly key: PlacedText;
  /** Without surrounding blanks; lines that a backslash continues are joined by one blank each. */
  readonly value: string;
  /** The place of a part of `value`, which is on one line when the part holds no blank. */
  at(start: number, end: number): Span;
}

/** A part of a joined value and where it begins in the file. */
interface Piece {
  readonly from: number;
  readonly offset: number;
}

/** A line after joining. */
interface JoinedLine {
  readonly text: string;
  readonly pieces: readonly Piece[];
}

const BLANK = /[ \t\r\n]/;

/**
 * Reads the syntax of unit files as systemd does: sections, assignments, comments with `#` or `;`, also between lines that a
 * backslash continues. Source: systemd.syntax(7), `config_parse` in src/shared/conf-parser.c.
 */
export function readUnitFile(text: string, file: string, problems: Problems): readonly Assignment[] {
  const positions = positionsOf(file, text);
  const assignments: Assignment[] = [];
  let section: string | undefined;
  for (const line of joinedLines(text)) {
    const at = (start: number, end: number): Span => {
      const offset = offsetOf(line, start);
      return positions.between(offset, Math.max(offset + 1, offset + end - start));
    };
    const whole = trimmed(line.text, 0, line.text.length);
    const content = line.text.slice(whole.start, whole.end);
    const span = at(whole.start, whole.end);
    if (content.startsWith('[')) {
      if (content.endsWith(']')) section = content.slice(1, -1);
      else problems.error('unit-syntax', 'the name of a section ends with ]', span, "such as '[Service]'");
      continue;
    }
    const equals = line.text.indexOf('=');
    if (equals === -1) {
      problems.error('unit-syntax', `expected 'Key=value', found '${shortened(content)}'`, span);
      continue;
    }
    const key = trimmed(line.text, 0, equals);
    if (key.start === key.end) {
      problems.error('unit-syntax', "nothing stands before '='", span, "write 'Key=value'");
      continue;
    }
    const value = trimmed(line.text, equals + 1, line.text.length);
    assignments.push({
      section,
      key: { text: line.text.slice(key.start, key.end), span: at(key.start, key.end) },
      value: line.text.slice(value.start, value.end),
      at: (start, end) => at(value.start + start, value.start + end),
    });
  }
  return assignments;
}

function shortened(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 37)}...`;
}

function trimmed(text: string, from: number, to: number): { readonly start: number; readonly end: number } {
  let [start, end] = [from, to];
  while (start < end && BLANK.test(text.charAt(start))) start += 1;
  while (end > start && BLANK.test(text.charAt(end - 1))) end -= 1;
  return { start, end };
}

function offsetOf({ pieces }: JoinedLine, index: number): number {
  let [low, high] = [0, pieces.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((pieces[middle]?.from ?? 0) <= index) low = middle;
    else high = middle;
  }
  const piece = pieces[low] ?? { from: 0, offset: 0 };
  return piece.offset + index - piece.from;
}

/** The lines that hold something, with continued ones joined. */
function joinedLines(text: string): readonly JoinedLine[] {
  const lines: JoinedLine[] = [];
  let parts: string[] = [];
  let pieces: Piece[] = [];
  let length = 0;
  const finish = (): void => {
    const joined = parts.join('');
    if (joined.trim() !== '') lines.push({ text: joined, pieces });
    [parts, pieces, length] = [[], [], 0];
  };
  for (const { line, offset } of rawLines(text)) {
    const indent = line.length - line.trimStart().length;
    const content = line.slice(indent);
    if (content.startsWith('#') || content.startsWith(';')) continue;
    const continued = endsWithBackslash(content);
    const part = continued ? `${content.slice(0, -1)} ` : content;
    parts.push(part);
    pieces.push({ from: length, offset: offset + indent });
    length += part.length;
    if (!continued) finish();
  }
  finish();
  return lines;
}

function rawLines(text: string): readonly { readonly line: string; readonly offset: number }[] {
  const start = text.startsWith('\ufeff') ? 1 : 0;
  let offset = start;
  return text
    .slice(start)
    .split('\n')
    .map((line) => {
      const at = offset;
      offset += line.length + 1;
      return { line: line.endsWith('\r') ? line.slice(0, -1) : line, offset: at };
    });
}

/** Two backslashes are an escaped one, and continue nothing. */
function endsWithBackslash(line: string): boolean {
  const backslashes = line.length - line.replace(/\\+$/, '').length;
  return backslashes % 2 === 1;
}
