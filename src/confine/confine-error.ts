import { errnoText } from '../kernel/errno.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';

/** The steps of `confine()`. */
export type ConfineStep =
  /** Reading the arguments of the caller, and compiling the filter. */
  | 'options'
  /** Looking at the threads of the process, before and afterwards. */
  | 'threads'
  /** Looking at the io_uring rings of the process. */
  | 'rings'
  /** Sealing them. */
  | 'sealing'
  | 'rlimits'
  | 'no-new-privileges'
  | 'filter';

export interface ConfineProblem {
  readonly errno?: number | undefined;
  readonly thread?: number | undefined;
  readonly diagnostics?: readonly Diagnostic[];
}

/** The steps without an effect on the process; they come first. */
const HARMLESS: readonly ConfineStep[] = ['options', 'rings'];

/** The process is not confined, or not as it should be: a program that gets one of these does not go on. */
export class ConfineError extends Error {
  readonly step: ConfineStep;
  /** The kernel's answer, where it was one. */
  readonly errno: number | undefined;
  /** Of the first rule that is wrong, from 1, and the text or list that it is in. */
  readonly line: number | undefined;
  /** The thread that could not be confined. */
  readonly thread: number | undefined;
  /** Everything that is wrong with the filter. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(step: ConfineStep, message: string, problem: ConfineProblem = {}) {
    const answer = problem.errno === undefined ? '' : `: ${errnoText(problem.errno)}`;
    super(`${message}${answer}`);
    this.name = 'ConfineError';
    this.step = step;
    this.errno = problem.errno;
    this.thread = problem.thread;
    this.diagnostics = problem.diagnostics ?? [];
    this.line = this.diagnostics.find(({ severity }) => severity === 'error')?.span?.line;
  }

  /** True when the process is as it was before the call. */
  get unchanged(): boolean {
    return HARMLESS.includes(this.step);
  }
}
