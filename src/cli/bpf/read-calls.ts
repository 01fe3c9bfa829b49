import type { Architecture } from '../../kernel/architecture.ts';
import type { Diagnostic } from '../../policy/diagnostic.ts';
import { parseCall, type WrittenCall } from '../../seccomp/index.ts';
import { EXIT, ExitError } from '../exit.ts';
import { readSourceFile } from '../filters/convert-result.ts';
import { reportDiagnostics } from '../print/report.ts';

/** The name that stands for a file in problems with `--call`. */
const COMMAND_LINE = '--call';

/** The limit of reported problems: with so many, the file is the wrong one. */
const MOST_PROBLEMS = 100;

/** Reads the calls of the options and of a table with one call a line; `#` begins a comment. Problems end the command. */
export function readCalls(
  given: readonly string[],
  table: string | undefined,
  architecture: Architecture,
): readonly WrittenCall[] {
  const text = table === undefined ? '' : new TextDecoder().decode(readSourceFile(table));
  const texts = new Map([
    [COMMAND_LINE, given.join('\n')],
    [table ?? '', text],
  ]);
  const diagnostics: Diagnostic[] = [];
  const read = (file: string, lines: readonly string[]): readonly WrittenCall[] =>
    lines.flatMap((line, index) => {
      const bare = line.replace(/#.*/, '');
      if (bare.trim() === '' || diagnostics.length === MOST_PROBLEMS) return [];
      const parsed = parseCall(bare, architecture);
      if (parsed.ok) return [parsed.value];
      const { code, message, help, offset, length } = parsed.problem;
      const span = { file, line: index + 1, column: offset + 1, length };
      diagnostics.push({ code, severity: 'error', message, span, help });
      return [];
    });
  const calls = [...read(COMMAND_LINE, given), ...read(table ?? '', text.split(/\r?\n/))];
  reportDiagnostics(diagnostics, texts, process.stderr);
  if (diagnostics.length > 0) throw new ExitError(EXIT.usage, '');
  requireAnyCall(calls.length > 0);
  return calls;
}

/**
 * Ends the command when it has no call. An argument without `--call` is taken for a file, so this check comes before
 * files are read.
 */
export function requireAnyCall(given: boolean): void {
  if (given) return;
  throw new ExitError(
    EXIT.usage,
    "which call? Such as --call 'write(1, 0x1000, 5)', or a table with --calls",
  );
}
