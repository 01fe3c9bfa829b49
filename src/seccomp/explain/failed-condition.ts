import type { Architecture } from '../../kernel/architecture.ts';
import { constantBits } from '../../kernel/constants.ts';
import { syscallArguments } from '../../kernel/system-calls.ts';
import type { Condition } from '../condition.ts';
import { conditionHolds } from '../evaluate-condition.ts';
import { conditionText } from '../language/condition-text.ts';
import { exactRules } from './exact-rules.ts';

type Compare = Extract<Condition, { kind: 'compare' }>;

/** A longer condition is no help in one line. */
const LONGEST = 120;

const ACCESS_MODE = 3n;
const SET_ID = constantBits('S_ISUID|S_ISGID');
const CREATING = constantBits('O_CREAT');
const FAST_OPEN = constantBits('MSG_FASTOPEN');
const EXECUTABLE = constantBits('PROT_EXEC');
const THREAD = constantBits('CLONE_THREAD');

/** The conditions that stand for one line of a policy, none of which a call meets. */
export interface FailedConditions {
  readonly call: string;
  readonly conditions: readonly Condition[];
  readonly args: readonly bigint[];
  readonly architecture: Architecture;
}

/** For what a line has the call, in words as far as there are any: `only for reading`. */
export function failedText({ call, conditions, args, architecture }: FailedConditions): string {
  const phrases = conditions.map((condition) => {
    const failed = failedTerms(condition, args);
    return failed.map((term) => phrase(term, call, architecture)).join(' and ');
  });
  const text = `only ${[...new Set(phrases)].join(' or ')}`;
  if (text.length <= LONGEST) return text;
  const [exact = call] = exactRules({ call, args, architecture });
  return exact === call ? 'only with other arguments' : `but not with ${exact.slice(call.length + 1, -1)}`;
}

/** The parts of a condition that do not hold, all of which would have to. */
function failedTerms(condition: Condition, args: readonly bigint[]): readonly Condition[] {
  if (condition.kind !== 'and') return [condition];
  return condition.terms
    .filter((term) => !conditionHolds(term, args))
    .flatMap((term) => failedTerms(term, args));
}

function phrase(term: Condition, call: string, architecture: Architecture): string {
  const known =
    term.kind === 'compare'
      ? comparePhrase(term, call, syscallArguments(call, architecture)?.[term.argument]?.name)
      : choicePhrase(term, call);
  return known ?? `with ${conditionText(term, call, architecture)}`;
}

/** A test of one argument that has a meaning of its own. */
function comparePhrase(
  { mask, value, comparison }: Compare,
  call: string,
  name: string | undefined,
): string | undefined {
  if (comparison !== '==') return undefined;
  switch (name) {
    case 'clone_flags':
      return (value & THREAD) === 0n ? 'for child processes in the same namespaces' : 'for threads';
    default:
      if (value !== 0n) return undefined;
  }
  switch (name) {
    case 'flags':
      if (call.startsWith('open') && (mask & ACCESS_MODE) === ACCESS_MODE) return 'for reading';
      if (call.startsWith('open') && (mask & CREATING) !== 0n) return 'for existing files';
      return mask === FAST_OPEN ? 'without MSG_FASTOPEN' : undefined;
    case 'mode':
      return mask === SET_ID ? 'without set-user-ID and set-group-ID bits' : undefined;
    case 'addr':
      return 'without an address';
    case 'new_rlim':
      return 'for reading limits';
    case 'prot':
      return mask === EXECUTABLE ? 'for memory that is not executable' : undefined;
    case 'pid':
      return call === 'kill' ? 'for its own process group' : 'for the process itself';
    default:
      return undefined;
  }
}

/** The alternatives of our groups. */
function choicePhrase(term: Condition, call: string): string | undefined {
  if (term.kind !== 'or') return undefined;
  const compares = term.terms.flatMap((each) => (each.kind === 'and' ? each.terms : [each]));
  if (!compares.every((each) => each.kind === 'compare' && each.value === 0n)) return undefined;
  switch (call) {
    case 'mmap':
      return 'for memory that is not writable and executable';
    case 'open':
    case 'openat':
      return 'without set-user-ID and set-group-ID bits';
    default:
      return undefined;
  }
}
