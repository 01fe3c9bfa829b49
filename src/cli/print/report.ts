import type { Diagnostic } from '../../policy/diagnostic.ts';
import { formatDiagnostic } from './print-diagnostics.ts';
import { usesColor } from './uses-color.ts';

/** Prints problems with their source lines. `texts`: the texts that the places refer to, by the name of the file. */
export function reportDiagnostics(
  diagnostics: readonly Diagnostic[],
  texts: ReadonlyMap<string, string>,
  stream: NodeJS.WriteStream,
): void {
  const color = usesColor(stream);
  for (const diagnostic of inFileOrder(diagnostics)) {
    const source = diagnostic.span === undefined ? undefined : texts.get(diagnostic.span.file);
    stream.write(`${formatDiagnostic(diagnostic, source ?? '', { color })}\n`);
  }
}

/** The problems that concern a launch or a build: `check` prints the rest. */
export function withoutNotes(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.filter(({ severity }) => severity !== 'note');
}

/** Problems without a place first, then file by file from top to bottom; the stages that found them do not matter. */
export function inFileOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const files = [...new Set(diagnostics.map(({ span }) => span?.file))];
  const place = ({ span }: Diagnostic): readonly number[] =>
    span === undefined ? [-1, 0, 0] : [files.indexOf(span.file), span.line, span.column];
  return [...diagnostics].sort((left, right) => {
    const [a, b] = [place(left), place(right)];
    return a.map((value, index) => value - (b[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
  });
}

/** The texts of several policies together. */
export function allTexts(
  loaded: readonly { readonly texts: ReadonlyMap<string, string> }[],
): ReadonlyMap<string, string> {
  return new Map(loaded.flatMap(({ texts }) => [...texts]));
}
