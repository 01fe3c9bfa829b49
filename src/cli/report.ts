import type { Diagnostic } from '../policy/diagnostic.ts';
import { formatDiagnostic } from './print-diagnostics.ts';

/** Prints problems with their source lines. `texts`: the contents of each policy file by name. */
export function reportDiagnostics(
  diagnostics: readonly Diagnostic[],
  texts: ReadonlyMap<string, string>,
  stream: NodeJS.WriteStream,
): void {
  const color = stream.isTTY === true && process.env['NO_COLOR'] === undefined;
  for (const diagnostic of diagnostics) {
    const source = diagnostic.span === undefined ? undefined : texts.get(diagnostic.span.file);
    stream.write(`${formatDiagnostic(diagnostic, source ?? '', { color })}\n`);
  }
}
