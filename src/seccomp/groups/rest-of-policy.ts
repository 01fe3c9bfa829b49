import type { Policy } from '../../policy/policy.ts';

/** What a policy says beside its rules, as far as it decides what they open. */
export type RestOfPolicy = Partial<Pick<Policy, 'exec' | 'root'>>;

/** Rules that no policy stands around: they are all that is known, and the root is the one of the host. */
export const NO_POLICY: RestOfPolicy = {};
