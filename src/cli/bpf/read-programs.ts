import { ErrnoError } from '../../host/libc.ts';
import { readLiveFilters } from '../../host/live-filters.ts';
import { explain } from '../../host/walk-path.ts';
import type { Architecture } from '../../kernel/architecture.ts';
import { errnoText } from '../../kernel/errno.ts';
import { visible } from '../../policy/visible-text.ts';
import { NO_POLICY, type RestOfPolicy } from '../../seccomp/groups/rest-of-policy.ts';
import {
  checkInstructions,
  compileFilter,
  decodeProgram,
  type Filter,
  type Program,
  type ProgramProblem,
  testedArchitecture,
} from '../../seccomp/index.ts';
import { EXIT, ExitError } from '../exit.ts';
import { machine, readSourceFile } from '../filters/convert-result.ts';
import { readFilter, sessionFilter } from '../filters/read-filter.ts';
import { refuseErrors } from '../launch/refuse-errors.ts';
import { reportDiagnostics } from '../print/report.ts';

/** A program and where it comes from. */
export interface NamedProgram {
  readonly name: string;
  readonly program: Program;
  /** What it was compiled from, with the text that its places lead into; absent for a raw program. */
  readonly policy?: {
    readonly filter: Filter;
    readonly texts: ReadonlyMap<string, string>;
    readonly rest: RestOfPolicy;
  };
}

const POLICY = /\.ya?ml$/;
const PROCESS = /^pid:([1-9][0-9]{0,9})$/;

/**
 * The programs that arguments name: a policy (by its ending), a raw filter, `-` for one on standard input, `pid:1234` for
 * those of a process, the oldest first. What is wrong with one ends the command.
 *
 * @param asked the machine whose names are used; without it the one that a raw filter tests for, else this one
 */
export function readPrograms(
  files: readonly string[],
  asked: string | undefined,
): readonly [NamedProgram, ...NamedProgram[]] {
  if (files.filter((file) => file === '-').length > 1)
    throw new ExitError(EXIT.usage, "'-' is standard input, which can be read once");
  const [first, ...others] = files.flatMap((file) => readProgram(file, asked));
  if (first === undefined)
    throw new ExitError(EXIT.usage, 'FILE is missing: a policy, a raw filter or pid:1234');
  return [first, ...others];
}

function readProgram(file: string, asked: string | undefined): readonly NamedProgram[] {
  const process = PROCESS.exec(file)?.[1];
  if (process !== undefined) return liveFilters(file, Number(process), asked);
  return [POLICY.test(file) ? compiled(file, machine(asked)) : decoded(file, readSourceFile(file), asked)];
}

function compiled(file: string, architecture: Architecture): NamedProgram {
  const read = readFilter(file, architecture, 'launched');
  const { texts, diagnostics } = read;
  reportDiagnostics(diagnostics, texts, process.stderr);
  refuseErrors(diagnostics);
  const filter = sessionFilter(read);
  if (filter === undefined) throw new ExitError(EXIT.findings, '');
  return {
    name: file,
    program: compileFilter(filter),
    policy: { filter, texts, rest: read.policy ?? NO_POLICY },
  };
}

function decoded(name: string, bytes: Uint8Array, asked: string | undefined): NamedProgram {
  const result = decodeProgram(bytes, machine(asked));
  if (!result.ok) throw new ExitError(EXIT.findings, `${visible(name)}: ${result.message}; ${result.help}`);
  const { instructions } = result.program;
  const architecture = asked === undefined ? testedArchitecture(instructions) : undefined;
  return { name, program: { instructions, architecture: architecture ?? machine(asked) } };
}

function liveFilters(name: string, pid: number, asked: string | undefined): readonly NamedProgram[] {
  let filters: readonly Uint8Array[];
  try {
    filters = readLiveFilters(pid);
  } catch (error) {
    if (!(error instanceof ErrnoError)) throw error;
    const reason = explain(errnoText(error.errno));
    throw new ExitError(
      EXIT.usage,
      `cannot read the filters of process ${pid}: ${reason}; reading them takes CAP_SYS_ADMIN and a caller without a filter`,
    );
  }
  if (filters.length === 0) throw new ExitError(EXIT.findings, `process ${pid} has no filter`);
  return filters
    .toReversed()
    .map((bytes, index) => decoded(filters.length === 1 ? name : `${name} (${index + 1})`, bytes, asked));
}

/** Ends the command when the kernel would not take one of the programs. */
export function requireLegal(programs: readonly NamedProgram[]): void {
  const problems = programs.flatMap(({ name, program }) =>
    checkInstructions(program).map((problem) => problemLine(name, problem)),
  );
  if (problems.length === 0) return;
  process.stderr.write(problems.join(''));
  throw new ExitError(EXIT.findings, 'the kernel would answer EINVAL');
}

/** A problem of a program, as one line for people. */
export function problemLine(name: string, { instruction, message, help, code }: ProgramProblem): string {
  const file = visible(name);
  const place = instruction === undefined ? file : `${file}: instruction ${instruction}`;
  return `${place}: error: ${message} [${code}]\n  = help: ${help}\n`;
}
