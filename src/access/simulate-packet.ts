import { constantNumber } from '../kernel/constants.ts';
import { IP_BITS, type IpAddress } from '../policy/ip-address.ts';
import type { Program } from '../seccomp/bpf/instruction.ts';
import { type Run, traceOver } from '../seccomp/bpf/simulate.ts';
import { PROTOCOL_OFFSET, sourceOffset } from './access-filter.ts';

const PROTOCOLS = { inet: constantNumber('ETH_P_IP'), inet6: constantNumber('ETH_P_IPV6') } as const;

/**
 * Runs the filter of a socket over a packet with this source, as the kernel does. Of a packet it knows the words that such a
 * filter reads: the protocol and the source. Any other load throws a RangeError.
 */
export function simulatePacket(program: Program, source: IpAddress): Run {
  const { family, number } = source;
  const words = IP_BITS[family] / 32;
  const memory = new Map([[PROTOCOL_OFFSET, PROTOCOLS[family]]]);
  for (let word = 0; word < words; word += 1) {
    const behind = BigInt(32 * (words - word - 1));
    memory.set(sourceOffset(family, word), Number(BigInt.asUintN(32, number >> behind)));
  }
  return traceOver(program, {
    length: 0,
    word: (offset) => {
      const found = memory.get(offset);
      if (found === undefined) throw new RangeError(`the filter loads a word at ${offset}`);
      return found;
    },
  });
}
