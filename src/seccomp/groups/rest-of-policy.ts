import { isDatagram } from '../../policy/datagram.ts';
import type { Span } from '../../policy/diagnostic.ts';
import type { ListenAddress } from '../../policy/policy.ts';

/** The keys of a policy that decide, beside its rules, how much these open. */
export interface RestOfPolicy {
  readonly exec?: 'once' | 'allow';
  readonly root?: string | undefined;
  readonly landlock?: 'required' | 'best-effort';
  /** The place of each key that is written. */
  readonly spans?: ReadonlyMap<string, Span>;
  readonly user?: string | number;
  readonly handoff?: 'connection' | 'listener' | 'peer';
  readonly listen?: readonly ListenAddress[];
}

/** Rules that no policy stands around: they are all that is known, and the root is the one of the host. */
export const NO_POLICY: RestOfPolicy = {};

/** Returns whether sessions have a pid namespace of their own. The launch of a policy makes one; rules alone say nothing of it. */
export function hasOwnPids(rest: RestOfPolicy): boolean {
  return rest.exec !== undefined;
}

/** Returns whether the service is given the socket that the gate listens on. */
export function hasListener({ handoff }: RestOfPolicy): boolean {
  return handoff === 'listener';
}

/** Returns whether clients may have sent descriptors to the service before the launch could refuse them. */
export function mayHoldDescriptors({ listen = [] }: RestOfPolicy): boolean {
  return listen.some(
    (address) => address.kind === 'unix' && address.inherit !== undefined && !address.receivesDescriptors,
  );
}

/** Returns whether the socket that the service is given takes datagrams: each message through it can name its receiver. */
export function answersDatagrams(rest: RestOfPolicy): boolean {
  return hasListener(rest) && (rest.listen ?? []).some(isDatagram);
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
