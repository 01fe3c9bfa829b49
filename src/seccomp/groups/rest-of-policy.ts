/** The keys of a policy that decide, beside its rules, how much these open. */
export interface RestOfPolicy {
  readonly exec?: 'once' | 'allow';
  readonly root?: string | undefined;
  readonly user?: string | number;
}

/** Rules that no policy stands around: they are all that is known, and the root is the one of the host. */
export const NO_POLICY: RestOfPolicy = {};
