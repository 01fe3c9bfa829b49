import { AUDIT_ARCH } from '../../../kernel/architecture.ts';
import { syscallNumbers } from '../../../kernel/system-calls.ts';
import type { Span } from '../../../policy/diagnostic.ts';
import type { Action } from '../../action.ts';
import { decodeAction, precedence } from '../../action-value.ts';
import type { Filter } from '../../filter.ts';
import type { Diagram, Diagrams } from '../../prove/diagram.ts';
import { rulesDiagram } from '../../prove/rules-diagram.ts';

/** The answers of a filter to one call. */
export interface CallAnswers {
  readonly call: string;
  /** All its answers, the most restrictive first. One: the arguments do not matter. */
  readonly actions: readonly [Action, ...Action[]];
  /** The arguments for which the call happens. */
  readonly permitted: Diagram;
  /** The first rule about it. */
  readonly source: Span | undefined;
}

/** Returns whether the call happens. */
export function permits(action: Action): boolean {
  return action.kind === 'allow' || action.kind === 'log';
}

/** Returns the answers of a filter to each call that has a name. */
export function callAnswers(filter: Filter, diagrams: Diagrams): readonly CallAnswers[] {
  const { architecture } = filter;
  const whole = rulesDiagram(diagrams, filter);
  const sources = new Map<string, Span | undefined>();
  for (const { call, source } of filter.rules) {
    if (!sources.has(call)) sources.set(call, source);
  }
  return [...syscallNumbers(architecture)].map(([number, call]) => {
    const own = diagrams.restrict(whole, AUDIT_ARCH[architecture], number);
    const values = new Set<number>();
    const permitted = diagrams.map((value) => {
      values.add(value);
      return permits(decodeAction(value)) ? 1 : 0;
    }, own);
    const [first, ...others] = [...values].map(decodeAction).sort((a, b) => precedence(a) - precedence(b));
    if (first === undefined) throw new RangeError(`a diagram without an answer for ${call}`);
    return { call, actions: [first, ...others], permitted, source: sources.get(call) };
  });
}

/** The calls by number that a filter lets happen somewhere: no directive can name them. */
export function unnamedCalls(filter: Filter): readonly string[] {
  const named = new Set(syscallNumbers(filter.architecture).values());
  const calls = filter.rules
    .filter(({ call, action }) => permits(action) && !named.has(call))
    .map(({ call }) => call);
  return [...new Set(calls)];
}
