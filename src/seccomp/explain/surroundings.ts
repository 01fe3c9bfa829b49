import type { Policy } from '../../policy/policy.ts';
import type { RestOfPolicy } from '../groups/rest-of-policy.ts';

/** The keys of a policy, beside its rules, that decide whether a call succeeds and what it opens. Plain data. */
export interface Surroundings {
  readonly rest: RestOfPolicy;
  /** The name of the program, without its directory; absent when there is none. */
  readonly program?: string | undefined;
  /** The service may write somewhere. */
  readonly mayWrite: boolean;
  /** Files that the service writes are limited to nothing. */
  readonly writesNothing: boolean;
  readonly network: Policy['network'];
  readonly capabilities: readonly string[];
  /** The service has terminals of its own. */
  readonly hasTerminals: boolean;
  /** Its program is known to make terminals. */
  readonly makesTerminals: boolean;
}

/** The surroundings of the rules of a policy. `makesTerminals`: its program is known to. */
export function surroundingsOf(policy: Policy, makesTerminals: boolean): Surroundings {
  return {
    rest: {
      exec: policy.exec,
      root: policy.root,
      landlock: policy.landlock,
      user: policy.user,
      handoff: policy.handoff,
      listen: policy.listen,
    },
    program: policy.run[0].replace(/^.*\//, ''),
    mayWrite: policy.writable.length > 0 || policy.writeAndRun.length > 0,
    writesNothing: policy.rlimits.fsize.soft === 0n,
    network: policy.network,
    capabilities: policy.capabilities,
    hasTerminals: policy.terminals,
    makesTerminals,
  };
}

/** Rules that no policy stands around. */
export const NO_SURROUNDINGS: Surroundings = {
  rest: {},
  mayWrite: true,
  writesNothing: false,
  network: 'host',
  capabilities: [],
  hasTerminals: true,
  makesTerminals: false,
};
