import {
  answersDatagrams,
  hasLandlock,
  hasListener,
  hasOwnPids,
  type RestOfPolicy,
} from './rest-of-policy.ts';

/**
 * The rules of groups where sessions are in a pid namespace of their own, which ends with the gate. Elsewhere a launcher may rely
 * on the signal that its child gets when the launcher dies.
 */
const WITH_OWN_PIDS: Readonly<Record<string, readonly string[]>> = {
  '@self': ['prctl(option == PR_SET_PDEATHSIG)'],
};

/** The rules of groups where Landlock decides which files are written. */
const WITH_LANDLOCK: Readonly<Record<string, readonly string[]>> = {
  '@service': ['@open-files'],
};

/** The rules of groups where the service is given a listener, and waits for more than one descriptor. */
const WITH_LISTENER: Readonly<Record<string, readonly string[]>> = {
  '@service': ['@events'],
};

/** The rules of groups where the service accepts connections for itself. */
const WITH_CONNECTIONS: Readonly<Record<string, readonly string[]>> = {
  '@service': ['@accept'],
};

/** The rules that a group has besides its own in a policy whose other keys make them harmless. */
export function rulesBySurroundings(name: string, rest: RestOfPolicy): readonly string[] {
  return [
    ...(hasOwnPids(rest) ? (WITH_OWN_PIDS[name] ?? []) : []),
    ...(hasLandlock(rest) ? (WITH_LANDLOCK[name] ?? []) : []),
    ...(hasListener(rest) ? (WITH_LISTENER[name] ?? []) : []),
    ...(hasListener(rest) && !answersDatagrams(rest) ? (WITH_CONNECTIONS[name] ?? []) : []),
  ];
}
