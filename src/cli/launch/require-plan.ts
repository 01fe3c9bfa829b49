import type { Plan } from '../../plan/plan.ts';
import type { Diagnostic } from '../../policy/diagnostic.ts';
import { EXIT, ExitError } from '../exit.ts';
import { reportDiagnostics, withoutNotes } from '../print/report.ts';
import type { LoadedService } from './load-service.ts';
import { refuseErrors } from './refuse-errors.ts';

/** The plan of a policy. Prints its problems, and those that the caller has found, and ends the command for errors. */
export function requirePlan(loaded: LoadedService, found: readonly Diagnostic[] = []): Plan {
  const diagnostics = [...loaded.diagnostics, ...found];
  reportDiagnostics(withoutNotes(diagnostics), loaded.texts, process.stderr);
  refuseErrors(diagnostics);
  if (loaded.plan === undefined) throw new ExitError(EXIT.findings, '');
  return loaded.plan;
}
