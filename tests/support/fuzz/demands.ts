import { formatDiagnostic } from '../../../src/cli/print/print-diagnostics.ts';
import type { Diagnostic } from '../../../src/policy/diagnostic.ts';

/** As `expect`, which is too slow for a million. */
export function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

/** What shows that a message was made from something that nobody foresaw, or is a stack trace. */
const BROKEN = /\bundefined\b|\[object |\bNaN\b|^\s*at \S+ \(|:\d+:\d+\)$/m;
const CONTROL = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** A reader has so many problems printed; the others are made the same way. */
const PRINTED = 2;

export function demandMessage(message: string): void {
  demand(message !== '' && !BROKEN.test(message), `a message that says nothing: ${message}`);
}

/** Problems say something, at a place of the text, and can be printed without steering the terminal. */
export function demandDiagnostics(diagnostics: readonly Diagnostic[], file: string, text: string): void {
  const lines = diagnostics.length === 0 ? [] : text.split(/\r?\n/);
  for (const { code, message, help, span } of diagnostics) {
    demandMessage(message);
    if (help !== undefined) demandMessage(help);
    demand(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(code), `a strange code: ${code}`);
    if (span === undefined || span.file !== file) continue;
    const line = lines[span.line - 1];
    demand(span.column >= 1 && span.length >= 1, `no place: ${JSON.stringify(span)}`);
    demand(line !== undefined && span.column <= line.length + 1, `outside: ${JSON.stringify(span)}`);
  }
  for (const diagnostic of diagnostics.slice(0, PRINTED)) {
    const printed = formatDiagnostic(diagnostic, text, { color: false });
    demand(!CONTROL.test(printed), `steers the terminal: ${printed}`);
  }
}
