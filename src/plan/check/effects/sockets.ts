import { constantsOf, data, NOT_NEGATIVE, slot } from '../../builder.ts';
import type { Contract } from '../../contract.ts';
import { structData } from '../../data.ts';
import { type CapabilityNeed, isNeeded } from '../../need.ts';
import { BACKLOG, listenerSlot, PORT_NEED, socketAddress } from '../../steps/sockets.ts';
import type { CallEffect, EffectsOf } from '../call-effect.ts';

/** One listening socket for each address of the policy, made in the network of the host. */
export const socketEffects: EffectsOf = (contract) => {
  if (contract.shape === 'direct') return [];
  return contract.policy.listen.flatMap((_, index) => socketOf(contract, index));
};

/** All that is raised while sockets are made, and nothing where every port is free to all. */
export function socketPrivilege({ policy, facts }: Contract): readonly CapabilityNeed[] {
  return isNeeded(PORT_NEED, policy, facts) ? [PORT_NEED] : [];
}

function socketOf(contract: Contract, index: number): readonly CallEffect[] {
  const { policy, facts } = contract;
  const address = policy.listen[index];
  if (address === undefined) return [];
  const name = listenerSlot(index);
  const family = address.family === 'inet' ? 'AF_INET' : 'AF_INET6';
  const sockaddr = socketAddress(address, constantsOf(family, contract.facts.architecture));
  const isPrivileged = address.port < facts.unprivilegedPortStart;
  const common = {
    phase: 'prepare',
    roles: ['outer'],
    of: name,
    within: socketPrivilege(contract),
  } as const;
  const option = (level: string, which: string, on: boolean): CallEffect['operands'] => [
    slot(name),
    level,
    which,
    data(structData([[4, on ? 1 : 0]]), ''),
    4,
  ];
  const only: CallEffect = {
    ...common,
    call: 'setsockopt',
    operands: option('IPPROTO_IPV6', 'IPV6_V6ONLY', !address.dualStack),
    deed: 'socket family',
  };
  return [
    {
      ...common,
      call: 'socket',
      operands: [
        family,
        policy.handoff === 'listener' ? 'SOCK_STREAM|SOCK_CLOEXEC' : 'SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK',
        'IPPROTO_TCP',
      ],
      expect: NOT_NEGATIVE,
      store: name,
      deed: 'socket is made',
      before: ['namespaces', 'user namespace'],
    },
    ...(address.family === 'inet6' ? [only] : []),
    {
      ...common,
      call: 'setsockopt',
      operands: option('SOL_SOCKET', 'SO_REUSEADDR', true),
      deed: 'socket is reused',
    },
    {
      ...common,
      call: 'bind',
      operands: [slot(name), data(sockaddr, address.text), sockaddr.bytes.length],
      deed: 'socket is bound',
      after: address.family === 'inet6' ? ['socket family', 'socket is reused'] : ['socket is reused'],
      before: ['namespaces', 'user namespace'],
      // Where an ordinary user has no capability at all, the file that starts the gate gives the right.
      needs: isPrivileged && facts.permitted !== 0n ? PORT_NEED : undefined,
    },
    {
      ...common,
      call: 'listen',
      operands: [slot(name), BACKLOG],
      deed: 'socket listens',
      after: ['socket is bound'],
    },
  ];
}
