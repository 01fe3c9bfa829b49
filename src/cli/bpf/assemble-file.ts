import type { Diagnostic, Span } from '../../policy/diagnostic.ts';
import { hasErrors } from '../../policy/diagnostic.ts';
import { assemble, checkInstructions, encodeProgram, type Program } from '../../seccomp/index.ts';
import { EXIT, ExitError } from '../exit.ts';
import { machine, readSourceFile } from '../filters/convert-result.ts';
import { reportDiagnostics } from '../print/report.ts';
import { writeOutput } from '../print/write-output.ts';

export interface AssembleArguments {
  readonly file: string;
  readonly architecture: string | undefined;
  readonly output: string | undefined;
}

/** A listing has some thousand lines at most; more is the wrong file. */
const LONGEST_LISTING = 4 * 1024 * 1024;

/** Makes a raw filter from a listing, unless the kernel would refuse it. */
export function assembleFile({ file, architecture, output }: AssembleArguments): void {
  const bytes = readSourceFile(file);
  if (bytes.length > LONGEST_LISTING)
    throw new ExitError(EXIT.usage, `'${file}' is larger than 4 MiB: is this the right file?`);
  const text = new TextDecoder().decode(bytes);
  const { program, spans, diagnostics } = assemble(text, { file, architecture: machine(architecture) });
  const problems = [...diagnostics, ...(program === undefined ? [] : kernelProblems(program, spans))];
  reportDiagnostics(problems, new Map([[file, text]]), process.stderr);
  if (program === undefined || hasErrors(problems)) throw new ExitError(EXIT.findings, '');
  writeOutput(output, encodeProgram(program));
}

function kernelProblems(program: Program, spans: readonly Span[]): readonly Diagnostic[] {
  return checkInstructions(program).map(({ code, instruction, message, help }) => ({
    code,
    severity: 'error',
    message,
    span: spans[instruction ?? 0],
    help,
  }));
}
