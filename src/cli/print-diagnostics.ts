import { styleText } from 'node:util';
import type { Diagnostic, Span } from '../policy/diagnostic.ts';

export interface FormatOptions {
  readonly color: boolean;
}

/** Longer source lines are clipped around the caret. */
const MAX_COLUMNS = 100;
const TAB = '    ';

/** One problem as text: `file:line:column: severity: message [code]`, the source line with a caret, the help. */
export function formatDiagnostic(
  diagnostic: Diagnostic,
  sourceText: string,
  { color }: FormatOptions,
): string {
  const { span, severity, help } = diagnostic;
  const paint = (style: 'bold' | 'red' | 'yellow' | 'cyan', text: string): string =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const tone = severity === 'error' ? 'red' : 'yellow';
  const where = span === undefined ? '' : `${visible(span.file)}:${span.line}:${span.column}: `;
  const lines = [
    `${paint('bold', where)}${paint(tone, severity)}: ${visible(diagnostic.message)} [${diagnostic.code}]`,
  ];
  const source = span === undefined ? undefined : sourceText.split(/\r\n|\r|\n/)[span.line - 1];
  if (span !== undefined && source !== undefined && sourceText !== '') {
    const number = String(span.line).padStart(3);
    const clip = clipped(source, span);
    lines.push(
      `${number} | ${clip.text}`,
      `${' '.repeat(number.length)} | ${' '.repeat(clip.before)}${paint(tone, '^'.repeat(clip.caret))}`,
    );
  }
  if (help !== undefined) lines.push(`    = ${paint('cyan', 'help')}: ${visible(help)}`);
  return lines.join('\n');
}

interface Clip {
  readonly text: string;
  /** Columns of the terminal in front of the caret. */
  readonly before: number;
  readonly caret: number;
}

/** The source line as the terminal shows it, at most some hundred columns around the caret. */
function clipped(source: string, span: Span): Clip {
  const start = span.column - 1;
  const end = Math.min(source.length, start + span.length);
  const first = start > MAX_COLUMNS - 20 ? start - 40 : 0;
  const last = first + MAX_COLUMNS;
  const head = first > 0 ? '...' : '';
  const before = head + visible(source.slice(first, start));
  const marked = visible(source.slice(start, Math.min(end, last)));
  const after = visible(source.slice(Math.min(end, last), last));
  const tail = source.length > last ? '...' : '';
  return { text: before + marked + after + tail, before: width(before), caret: Math.max(1, width(marked)) };
}

/** Tabs as spaces; what steers a terminal, or hides in the text, as its number. */
function visible(text: string): string {
  return text
    .replaceAll('\t', TAB)
    .replace(
      /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
      (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
    );
}

/** Columns of the terminal: wide characters (East Asian, emoji) take two, combining marks none. */
function width(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    columns +=
      /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return columns;
}
