import type { GatedContract } from '../contract.ts';
import type { DatagramTerms } from '../step.ts';

/**
 * The terms on which the policy has datagrams passed on. They are derived here once more: a mistake of the compiler opens no port
 * and no budget.
 */
export function wantedTerms({ policy, servedPorts }: GatedContract): DatagramTerms | undefined {
  if (policy.handoff !== 'peer') return undefined;
  const { intervalNs } = policy.limits.datagrams;
  const own = policy.listen.flatMap((address) => (address.kind === 'unix' ? [] : [address.port]));
  const inOneSecond = Math.floor(1e9 / intervalNs);
  return {
    rate: { intervalNs, burst: Math.max(inOneSecond, 1) },
    amplification: policy.amplification,
    refusedPorts: [...own, ...servedPorts]
      .sort((left, right) => left - right)
      .filter((port, index, ports) => port !== ports[index - 1]),
  };
}
