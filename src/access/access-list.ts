import { IP_BITS, type IpAddress, withoutMapping } from '../policy/ip-address.ts';
import type { AccessEntry, AccessPrefix, Policy } from '../policy/policy.ts';

/** The keys `allow` and `deny` of a policy, together. */
export interface AccessList {
  readonly allow: readonly AccessEntry[];
  readonly deny: readonly AccessEntry[];
}

/** The answer of a list to a peer, and the entry that decides. */
export interface Verdict {
  readonly isAllowed: boolean;
  /** `undefined`: no entry matches, so the peer is refused. */
  readonly by: { readonly list: keyof AccessList; readonly index: number; readonly text: string } | undefined;
}

/** Returns the list of a policy; `undefined`: it has none, and every peer may connect. */
export function accessListOf({ allow, deny }: Pick<Policy, 'allow' | 'deny'>): AccessList | undefined {
  if (allow === undefined && deny === undefined) return undefined;
  return { allow: allow ?? [], deny: deny ?? [] };
}

/**
 * Judges the peer at an address. An IPv4 address that is written as IPv6 is the IPv4 address. Users and groups say
 * nothing of a peer that has one.
 */
export function judge(list: AccessList, peer: IpAddress): Verdict {
  const address = withoutMapping(peer);
  let longest = -1;
  let verdict: Verdict = { isAllowed: false, by: undefined };
  for (const name of ['allow', 'deny'] as const)
    for (const [index, entry] of list[name].entries()) {
      if (entry.kind !== 'prefix' || !matches(entry, address) || entry.bits <= longest) continue;
      longest = entry.bits;
      verdict = { isAllowed: name === 'allow', by: { list: name, index, text: entry.text } };
    }
  return verdict;
}

function matches({ family, number, bits }: AccessPrefix, address: IpAddress): boolean {
  const rest = BigInt(IP_BITS[family] - bits);
  return family === address.family && number >> rest === address.number >> rest;
}
