import { IP_BITS, type IpFamily } from '../policy/ip-address.ts';
import type { Program } from '../seccomp/bpf/instruction.ts';
import { ALLOWED, REFUSED } from './access-filter.ts';
import { simulatePacket } from './simulate-packet.ts';
import type { AccessTurns, Turns } from './turns.ts';

/**
 * Runs a filter over both ends of every range of its list, and throws where an answer is not the list's. Such a filter is a
 * defect of portcullis, not of the policy.
 */
export function verifyFilter(program: Program, turns: AccessTurns, families: readonly IpFamily[]): void {
  for (const family of ['inet', 'inet6'] as const)
    for (const { number, isAllowed } of ends(turns[family], family)) {
      const wanted = isAllowed && families.includes(family) ? ALLOWED : REFUSED;
      const { value } = simulatePacket(program, { family, number });
      if (value !== wanted)
        throw new Error(`the filter of the access list answers ${value} to ${family} address ${number}`);
    }
}

/** The first and the last address of every range, with the answer of the list. */
function* ends(
  turns: Turns,
  family: IpFamily,
): Generator<{ readonly number: bigint; readonly isAllowed: boolean }> {
  const last = (1n << BigInt(IP_BITS[family])) - 1n;
  yield { number: 0n, isAllowed: turns[0] === 0n };
  for (const [index, turn] of turns.entries()) {
    if (turn > 0n) yield { number: turn - 1n, isAllowed: index % 2 === 1 };
    yield { number: turn, isAllowed: index % 2 === 0 };
  }
  yield { number: last, isAllowed: turns.length % 2 === 1 };
}
