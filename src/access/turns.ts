import { IP_BITS, type IpFamily } from '../policy/ip-address.ts';
import type { AccessEntry, AccessPrefix } from '../policy/policy.ts';
import type { AccessList } from './access-list.ts';

/**
 * The disjoint ranges of a list, in one family: the addresses at which the answer turns around, in order. It is "refused"
 * from the first address on, so a range that is allowed begins at each turn of even index and ends at the one behind it.
 */
export type Turns = readonly bigint[];

export type AccessTurns = Readonly<Record<IpFamily, Turns>>;

export function turnsOf(list: AccessList): AccessTurns {
  return { inet: turnsIn(list, 'inet'), inet6: turnsIn(list, 'inet6') };
}

/** A prefix of the list, its last address, and the answer that it gives. */
interface Range {
  readonly first: bigint;
  readonly last: bigint;
  readonly isAllowed: boolean;
}

/** Prefixes lie within each other or apart. So the ranges around an address are a stack, and the topmost one decides. */
function turnsIn(list: AccessList, family: IpFamily): Turns {
  const changes = new Changes();
  const around: Range[] = [];
  const leaveUntil = (address: bigint | undefined): void => {
    for (let top = around.at(-1); top !== undefined; top = around.at(-1)) {
      if (address !== undefined && address <= top.last) return;
      around.pop();
      changes.add(top.last + 1n, around.at(-1)?.isAllowed ?? false);
    }
  };
  for (const range of rangesOf(list, family)) {
    leaveUntil(range.first);
    around.push(range);
    changes.add(range.first, range.isAllowed);
  }
  leaveUntil(undefined);
  return changes.turns(1n << BigInt(IP_BITS[family]));
}

/** The ranges by their first address, a wide one before the ones within it. */
function rangesOf({ allow, deny }: AccessList, family: IpFamily): readonly Range[] {
  const of = (entries: readonly AccessEntry[], isAllowed: boolean): readonly Range[] =>
    entries.flatMap((entry) =>
      entry.kind === 'prefix' && entry.family === family ? [rangeOf(entry, isAllowed)] : [],
    );
  return [...of(allow, true), ...of(deny, false)].sort(
    (left, right) => compare(left.first, right.first) || compare(right.last, left.last),
  );
}

function rangeOf({ family, number, bits }: AccessPrefix, isAllowed: boolean): Range {
  return { first: number, last: number + (1n << BigInt(IP_BITS[family] - bits)) - 1n, isAllowed };
}

function compare(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The answers from an address on, in order. Of two at one address the later one counts. */
class Changes {
  readonly #changes: { readonly at: bigint; readonly isAllowed: boolean }[] = [];

  add(at: bigint, isAllowed: boolean): void {
    if (this.#changes.at(-1)?.at === at) this.#changes.pop();
    this.#changes.push({ at, isAllowed });
  }

  /** Returns the changes that change something, below an end. */
  turns(end: bigint): Turns {
    const turns: bigint[] = [];
    for (const { at, isAllowed } of this.#changes)
      if (at < end && isAllowed !== (turns.length % 2 === 1)) turns.push(at);
    return turns;
  }
}
