import { styleText } from 'node:util';
import type { Diagnostic, Span } from '../../policy/diagnostic.ts';
import { visible } from '../../policy/visible-text.ts';

export interface FormatOptions {
  readonly color: boolean;
}

/** The longest piece of a source line that is shown. */
const SHOWN_COLUMNS = 100;
const TONES = { error: 'red', warning: 'yellow', note: 'cyan' } as const;

/** One problem for people: its place, the source line, a caret, and how to fix it. No final newline. */
export function formatDiagnostic(
  diagnostic: Diagnostic,
  sourceText: string,
  { color }: FormatOptions,
): string {
  const { span, severity, message, code, help } = diagnostic;
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const tone = TONES[severity];
  const place = span === undefined ? '' : `${visible(span.file)}:${span.line}:${span.column}: `;
  const lines = [`${place}${paint([tone, 'bold'], `${severity}:`)} ${visible(message)} [${code}]`];
  const excerpt = span === undefined ? undefined : excerptOf(span, sourceText);
  const margin = ' '.repeat(String(span?.line ?? 0).length);
  if (span !== undefined && excerpt !== undefined) {
    lines.push(`  ${span.line} | ${excerpt.text}`);
    lines.push(`  ${margin} | ${' '.repeat(excerpt.before)}${paint(tone, '^'.repeat(excerpt.length))}`);
  }
  if (help !== undefined)
    lines.push(`  ${excerpt === undefined ? '' : `${margin} `}= help: ${visible(help)}`);
  return lines.join('\n');
}

interface Excerpt {
  readonly text: string;
  /** Columns of a terminal in front of the caret, and under it. */
  readonly before: number;
  readonly length: number;
}

/** The source line of a span, cut to a readable length around the caret. */
function excerptOf(span: Span, sourceText: string): Excerpt | undefined {
  const line = sourceText.split(/\r?\n/)[span.line - 1];
  if (line === undefined || line === '') return undefined;
  const start = Math.min(span.column - 1, line.length);
  const end = Math.min(start + span.length, line.length);
  const from = start > SHOWN_COLUMNS / 2 && line.length > SHOWN_COLUMNS ? start - SHOWN_COLUMNS / 2 : 0;
  const to = Math.min(line.length, from + SHOWN_COLUMNS);
  const before = `${from > 0 ? '...' : ''}${visible(line.slice(from, start))}`;
  const marked = visible(line.slice(start, Math.min(end, to)));
  const after = `${visible(line.slice(Math.min(end, to), to))}${to < line.length ? '...' : ''}`;
  return { text: before + marked + after, before: width(before), length: Math.max(1, width(marked)) };
}

/** East Asian wide characters and emoji take two columns, combining ones none. Source: Unicode Standard Annex 11, by its main blocks. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

function width(text: string): number {
  return Array.from(text).reduce((columns, character) => {
    if (/\p{M}/u.test(character)) return columns;
    return columns + (WIDE.test(character) ? 2 : 1);
  }, 0);
}
