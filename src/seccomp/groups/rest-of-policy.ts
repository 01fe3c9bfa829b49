/** The keys of a policy that decide, beside its rules, how much these open. */
export interface RestOfPolicy {
  readonly exec?: 'once' | 'allow';
  readonly root?: string | undefined;
  readonly landlock?: 'required' | 'best-effort';
}

/** Rules that no policy stands around: they are all that is known, and the root is the one of the host. */
export const NO_POLICY: RestOfPolicy = {};

/** Returns whether sessions have a pid namespace of their own. The launch of a policy makes one; rules alone say nothing of it. */
export function hasOwnPids({ exec }: RestOfPolicy): boolean {
  return exec !== undefined;
}

/** Returns whether Landlock is there for certain. */
export function hasLandlock({ landlock }: RestOfPolicy): boolean {
  return landlock === 'required';
}
