import type { ListenAddress, Policy } from '../policy/policy.ts';
import { firstFree } from './gate-descriptors.ts';

/** A listener whose socket the starter passes, and the descriptor under which the gate finds it. */
export interface InheritedListener {
  readonly index: number;
  readonly address: ListenAddress;
  /** As in LISTEN_FDNAMES of sd_listen_fds(3). */
  readonly name: string;
  readonly descriptor: number;
}

/** Returns the listeners whose sockets are passed, in the order of the policy. */
export function inheritedListeners(policy: Pick<Policy, 'handoff' | 'listen'>): readonly InheritedListener[] {
  const first = firstFree(policy);
  return policy.listen
    .flatMap((address, index) =>
      address.inherit === undefined ? [] : [{ index, address, name: address.inherit }],
    )
    .map((listener, at) => ({ ...listener, descriptor: first + at }));
}

/** Returns the first and the last descriptor under which sockets are passed; `undefined`: none is. */
export function inheritedRange(
  policy: Pick<Policy, 'handoff' | 'listen'>,
): readonly [first: number, last: number] | undefined {
  const count = inheritedListeners(policy).length;
  return count === 0 ? undefined : [firstFree(policy), firstFree(policy) + count - 1];
}
