import type { Architecture } from '../../../../src/kernel/architecture.ts';
import { syscallName, syscallNumber } from '../../../../src/kernel/system-calls.ts';
import type { Action } from '../../../../src/seccomp/action.ts';
import type { Program } from '../../../../src/seccomp/bpf/instruction.ts';
import { importedFilter } from '../../../../src/seccomp/convert/import-seccomp.ts';
import { importSystemd } from '../../../../src/seccomp/convert/systemd/import.ts';
import type { Filter } from '../../../../src/seccomp/filter.ts';
import { Diagrams } from '../../../../src/seccomp/prove/diagram.ts';
import { firstDifference } from '../../../../src/seccomp/prove/first-difference.ts';
import { programDiagram } from '../../../../src/seccomp/prove/program-diagram.ts';
import { rulesDiagram } from '../../../../src/seccomp/prove/rules-diagram.ts';
import { stackDiagram } from '../../../../src/seccomp/prove/stack.ts';
import { WORD_NR } from '../../../../src/seccomp/prove/words.ts';
import type { Judge } from './judge.ts';

const ALLOW: Action = { kind: 'allow' };
const ALLOWED = 0x7fff0000;

/** Numbers from here on are of another ABI; a unit refuses that as a whole. */
const X32 = 0x4000_0000;

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
export function difference(
  filter: Filter,
  programs: readonly Program[],
  judge: Judge,
  nameless: 'nameless too' | 'named only' = 'nameless too',
): object | undefined {
  const { architecture } = filter;
  const diagrams = new Diagrams();
  const systemd = stackDiagram(
    diagrams,
    programs.toReversed().map((program) => programDiagram(diagrams, program)),
  );
  // What a policy answers whatever its rules say: other architectures, and numbers younger than Portcullis.
  const unknown: string[] = judge.ignored.filter((call) => syscallNumber(call, architecture) !== undefined);
  if (nameless === 'named only') unknown.push(...namelessCalls(filter));
  const everywhere = rulesDiagram(diagrams, {
    ...filter,
    default: ALLOW,
    rules: unknown.map((call) => ({ call, condition: { kind: 'true' }, action: APART, source: undefined })),
  });
  // The number -1, a call that a tracer cancelled.
  const cancelled = diagrams.compareWord(WORD_NR, 0xffff_ffff, 0xffff_ffff, {
    above: diagrams.never,
    equal: nameless === 'named only' ? diagrams.always : diagrams.never,
    below: diagrams.never,
  });
  const apart = (own: number, other: number): number => (own === ALLOWED ? other : own);
  const ours = diagrams.combine(apart, everywhere, rulesDiagram(diagrams, filter));
  const theirs = diagrams.combine(apart, everywhere, systemd);
  const words = firstDifference(
    diagrams,
    diagrams.choose(cancelled, diagrams.never, ours),
    diagrams.choose(cancelled, diagrams.never, theirs),
  );
  return (
    words && {
      call: syscallName(words[1] ?? 0, architecture),
      words: [...words].map((word) => word.toString(16)).join(' '),
      ours: diagrams.evaluate(ours, words).toString(16),
      theirs: diagrams.evaluate(theirs, words).toString(16),
    }
  );
}

/** Numbers below the first unknown one that no call has: the kernel answers ENOSYS whatever a filter says. */
function namelessCalls({ architecture, firstUnknown }: Filter): readonly string[] {
  return Array.from({ length: firstUnknown }, (_, number) => number)
    .filter((number) => syscallName(number, architecture) === undefined)
    .map((number) => `syscall_${number}`);
}

/** How far a call gets, by what the kernel answers: it happens, somebody else decides, it does not happen. */
function reach(value: number): number {
  if (value >= 0x7ffc0000 && value <= 0x7fffffff) return 2;
  return value >= 0x7fc00000 && value <= 0x7ff0ffff ? 1 : 0;
}

/** A call of the filter's own architecture that programs let through further than the filter does. */
export function widened(filter: Filter, programs: readonly Program[]): object | undefined {
  const { architecture } = filter;
  const diagrams = new Diagrams();
  const own = rulesDiagram(diagrams, {
    ...filter,
    default: ALLOW,
    rules: [],
    unsupported: [],
    firstUnknown: X32,
  });
  const theirs = stackDiagram(
    diagrams,
    programs.toReversed().map((program) => programDiagram(diagrams, program)),
  );
  const wider = diagrams.combine(
    (ours, other) => (reach(other) > reach(ours) ? 1 : 0),
    rulesDiagram(diagrams, filter),
    theirs,
  );
  const allowedWider = diagrams.and(
    wider,
    diagrams.map((value) => (value === ALLOWED ? 1 : 0), own),
  );
  const words = firstDifference(diagrams, allowedWider, diagrams.never);
  return (
    words && {
      call: syscallName(words[1] ?? 0, architecture) ?? words[1],
      words: [...words].map((word) => word.toString(16)).join(' '),
      theirs: diagrams.evaluate(theirs, words).toString(16),
    }
  );
}
