import type { Span } from '../../policy/diagnostic.ts';

/** The keys of a policy that decide, beside its rules, how much these open. */
export interface RestOfPolicy {
  readonly exec?: 'once' | 'allow';
  readonly root?: string | undefined;
  readonly landlock?: 'required' | 'best-effort';
  /** The place of each key that is written. */
  readonly spans?: ReadonlyMap<string, Span>;
  readonly user?: string | number;
  readonly handoff?: 'connection' | 'listener' | 'peer';
}

/** Rules that no policy stands around: they are all that is known, and the root is the one of the host. */
export const NO_POLICY: RestOfPolicy = {};

/** Returns whether sessions have a pid namespace of their own. The launch of a policy makes one; rules alone say nothing of it. */
export function hasOwnPids(rest: RestOfPolicy): boolean {
  return rest.exec !== undefined;
}

/** Returns whether the service accepts its connections itself. */
export function acceptsItself({ handoff }: RestOfPolicy): boolean {
  return handoff === 'listener';
}

/** Returns whether Landlock is there for certain. */
export function hasLandlock({ landlock }: RestOfPolicy): boolean {
  return landlock === 'required';
}

/**
 * Returns whether a signal that a session sends by number reaches that session only: each session has a Landlock domain
 * that scopes signals, whoever it names, and the numbers are those of the service's own namespace.
 */
export function hasScopedSignals(rest: RestOfPolicy): boolean {
  return hasOwnPids(rest) && hasLandlock(rest);
}
