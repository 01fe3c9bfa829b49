import { type Diagnostic, hasErrors } from '../../policy/diagnostic.ts';
import { EXIT, ExitError } from '../exit.ts';

/** Ends the command when there are errors, which are printed already: a file that cannot be read is wrong usage. */
export function refuseErrors(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.some(({ code }) => code === 'file-unreadable')) throw new ExitError(EXIT.usage, '');
  if (hasErrors(diagnostics)) throw new ExitError(EXIT.findings, '');
}
