import type { Architecture } from '../../../../src/kernel/architecture.ts';
import { syscallName, syscallNumber } from '../../../../src/kernel/system-calls.ts';
import type { Action } from '../../../../src/seccomp/action.ts';
import type { Program } from '../../../../src/seccomp/bpf/instruction.ts';
import { importedFilter } from '../../../../src/seccomp/convert/import-seccomp.ts';
import { importSystemd } from '../../../../src/seccomp/convert/systemd/import.ts';
import type { Filter } from '../../../../src/seccomp/filter.ts';
import { Diagrams } from '../../../../src/seccomp/prove/diagram.ts';
import { firstDifference } from '../../../../src/seccomp/prove/first-call.ts';
import { programDiagram } from '../../../../src/seccomp/prove/program-diagram.ts';
import { rulesDiagram } from '../../../../src/seccomp/prove/rules-diagram.ts';
import { stackDiagram } from '../../../../src/seccomp/prove/stack.ts';
import type { Judge } from './judge.ts';

const ALLOW: Action = { kind: 'allow' };
const ALLOWED = 0x7fff0000;

/** An answer that no unit gives: calls that the judge does not know are not compared. */
const APART: Action = { kind: 'trap', data: 1 };

/** The filter that the import of a unit file makes. */
export function importedUnit(source: string, architecture: Architecture): Filter {
  const options = { file: 'u.service', architecture, capabilities: new Set<string>(), kernel: undefined };
  const { filter, diagnostics } = importSystemd(source, options);
  if (filter === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const resolved = importedFilter(filter, architecture);
  if (resolved.diagnostics.length > 0)
    throw new Error(resolved.diagnostics.map(({ message }) => message).join('\n'));
  return resolved.filter;
}

/** A call that the import answers otherwise than the filters of systemd together, of all calls that there are. */
export function difference(filter: Filter, programs: readonly Program[], judge: Judge): object | undefined {
  const { architecture } = filter;
  const diagrams = new Diagrams();
  const systemd = stackDiagram(
    diagrams,
    programs.toReversed().map((program) => programDiagram(diagrams, program)),
  );
  // What a policy answers whatever its rules say: other architectures, and numbers younger than Portcullis.
  const unknown = judge.ignored.filter((call) => syscallNumber(call, architecture) !== undefined);
  const everywhere = rulesDiagram(diagrams, {
    ...filter,
    default: ALLOW,
    rules: unknown.map((call) => ({ call, condition: { kind: 'true' }, action: APART, source: undefined })),
  });
  const apart = (own: number, other: number): number => (own === ALLOWED ? other : own);
  const ours = diagrams.combine(apart, everywhere, rulesDiagram(diagrams, filter));
  const theirs = diagrams.combine(apart, everywhere, systemd);
  const words = firstDifference(diagrams, ours, theirs);
  return (
    words && {
      call: syscallName(words[1] ?? 0, architecture),
      words: [...words].map((word) => word.toString(16)).join(' '),
      ours: diagrams.evaluate(ours, words).toString(16),
      theirs: diagrams.evaluate(theirs, words).toString(16),
    }
  );
}
