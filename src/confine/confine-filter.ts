import type { Architecture } from '../kernel/architecture.ts';
import { AUDIT_ARCH } from '../kernel/architecture.ts';
import { constantNumber } from '../kernel/constants.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import {
  type Action,
  actionValue,
  type Condition,
  compileFilter,
  type Filter,
  type Program,
  type Rule,
  simulate,
} from '../seccomp/index.ts';
import { type FilterSource, parseFilter } from '../seccomp/library/parse-filter.ts';
import { prove } from '../seccomp/library/prove.ts';
import { TooLargeToProveError } from '../seccomp/prove/too-large.ts';
import type { CallNumbers } from './call-numbers.ts';
import { ConfineError } from './confine-error.ts';

/** Rules, as `parseFilter` takes them, or a program that is compiled already. */
export type ConfineFilter = string | readonly string[] | FilterSource | Program;

/** The flags with which libuv calls `io_uring_enter` to register descriptors. */
const GET_EVENTS = BigInt(constantNumber('IORING_ENTER_GETEVENTS'));

/** The action for a call that no rule names. The Node program gets an exception that it can handle. */
const DEFAULT = 'errno(EPERM)';

const ALLOW: Action = { kind: 'allow' };
const ENOSYS: Action = { kind: 'errno', errno: 38 };

/** The argument of the caller, once it is known to be right. */
export interface GivenFilter {
  readonly given:
    | { readonly kind: 'filter'; readonly filter: Filter }
    | { readonly kind: 'program'; readonly program: Program };
  readonly warnings: readonly Diagnostic[];
}

/** Reads rules; throws for the first problem, with all of them. */
export function readFilterOption(given: ConfineFilter, architecture: Architecture): GivenFilter {
  if (isProgram(given)) return { given: { kind: 'program', program: given }, warnings: [] };
  const whole: FilterSource = isSource(given) ? given : { rules: given };
  const { filter, diagnostics } = parseFilter({ default: DEFAULT, ...whole }, { architecture });
  if (filter !== undefined) return { given: { kind: 'filter', filter }, warnings: diagnostics };
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const place =
    first?.span === undefined ? '' : `${first.span.file}:${first.span.line}:${first.span.column}: `;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  throw new ConfineError('options', `${place}${first?.message}${more}`, { diagnostics });
}

/** The program to load; `rings`: the descriptors of rings that will be sealed, through which event loops go on. */
export function compileConfinement({ given }: GivenFilter, rings: readonly number[]): Program {
  if (given.kind === 'program') return given.program;
  const complete = withRings(given.filter, rings);
  return proved(complete, compileFilter(complete));
}

/** Returns the program once it is proved to decide as the rules do for every call; throws otherwise. */
function proved(filter: Filter, program: Program): Program {
  try {
    const { text } = prove(filter, program);
    if (text === undefined) return program;
    throw new ConfineError(
      'options',
      `the compiled filter is not its rules, a defect of portcullis: ${text}`,
    );
  } catch (error) {
    if (error instanceof TooLargeToProveError)
      throw new ConfineError('options', `the filter cannot be proved to be its rules: ${error.message}`);
    throw error;
  }
}

function isProgram(given: ConfineFilter): given is Program {
  return typeof given === 'object' && 'instructions' in given;
}

function isSource(given: string | readonly string[] | FilterSource): given is FilterSource {
  return typeof given === 'object' && 'rules' in given;
}

/** A filter answers ENOSYS to io_uring_enter unless a line names it; sealed rings are the exception, by their descriptors. */
function withRings(filter: Filter, rings: readonly number[]): Filter {
  const call = 'io_uring_enter';
  const own = filter.rules.some((rule) => rule.call === call && rule.source !== undefined);
  if (own || rings.length === 0) return filter;
  const equal = (argument: 0 | 3, value: bigint): Condition => ({
    kind: 'compare',
    argument,
    width: 32,
    mask: 0xffff_ffffn,
    comparison: '==',
    value,
  });
  const sealed: Condition = {
    kind: 'and',
    terms: [
      { kind: 'or', terms: rings.map((descriptor) => equal(0, BigInt(descriptor))) },
      equal(3, GET_EVENTS),
    ],
  };
  const rule = (condition: Condition, action: Action): Rule => ({
    call,
    condition,
    action,
    source: undefined,
  });
  const rules = filter.rules.filter((other) => other.call !== call);
  return { ...filter, rules: [...rules, rule(sealed, ALLOW), rule({ kind: 'not', term: sealed }, ENOSYS)] };
}

/**
 * Throws when the filter stops a call that `confine()` or an event loop needs. The caller decides about all other
 * calls.
 */
export function requireNeededCalls(
  program: Program,
  rings: readonly number[],
  numbers: CallNumbers,
  architecture: Architecture,
): void {
  if (program.architecture !== architecture) {
    const found = `the program is for ${program.architecture}, this machine is ${architecture}`;
    throw new ConfineError('options', found);
  }
  const allows = (nr: number, ...args: readonly bigint[]): boolean =>
    simulate(program, { arch: AUDIT_ARCH[architecture], nr, args }) === actionValue(ALLOW);
  if (!allows(numbers.pread64, 0n, 0n, 16384n, 0n)) {
    const fix = "name 'pread64' or '@node'";
    throw new ConfineError(
      'options',
      `the filter stops pread64, which confirms that each thread has the filter; ${fix}`,
    );
  }
  for (const ring of rings) {
    if (allows(numbers.io_uring_enter, BigInt(ring), 1n, 1n, GET_EVENTS)) continue;
    const fix = 'allow the call: the rings of this process are sealed first, and do no more than epoll_ctl';
    throw new ConfineError(
      'options',
      `the program stops io_uring_enter, which this Node's event loop calls; ${fix}`,
    );
  }
}
