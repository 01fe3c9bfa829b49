import type { Diagnostic } from '../../policy/diagnostic.ts';

/** The result of a stage: a value for the next one, or the end of the way. The problems are those of all stages so far. */
export type Outcome<Value> = Reached<Value> | Stopped;

export interface Reached<Value> {
  readonly kind: 'reached';
  readonly value: Value;
  readonly diagnostics: readonly Diagnostic[];
}

export interface Stopped {
  readonly kind: 'stopped';
  readonly diagnostics: readonly Diagnostic[];
}

export function reached<Value>(value: Value, diagnostics: readonly Diagnostic[] = []): Reached<Value> {
  return { kind: 'reached', value, diagnostics };
}

export function stopped(diagnostics: readonly Diagnostic[]): Stopped {
  return { kind: 'stopped', diagnostics };
}

/** Goes on to the next stage, unless the way has ended. */
export function next<From, To>(before: Outcome<From>, stage: (value: From) => Outcome<To>): Outcome<To> {
  if (before.kind === 'stopped') return before;
  const after = stage(before.value);
  return { ...after, diagnostics: [...before.diagnostics, ...after.diagnostics] };
}

/** The value that was reached; `undefined` when the way had ended. */
export function valueIn<Value>(outcome: Outcome<Value>): Value | undefined {
  return outcome.kind === 'reached' ? outcome.value : undefined;
}
