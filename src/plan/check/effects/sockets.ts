import type { ListenAddress, PolicyHandoff, TcpAddress } from '../../../policy/policy.ts';
import { constantsOf, data, NOT_NEGATIVE, slot } from '../../builder.ts';
import type { Contract, GatedContract } from '../../contract.ts';
import { structData } from '../../data.ts';
import { type CapabilityNeed, isNeeded } from '../../need.ts';
import { BACKLOG, listenerSlot } from '../../steps/listener.ts';
import { PORT_NEED, socketAddress } from '../../steps/sockets.ts';
import type { CallEffect, EffectsOf } from '../call-effect.ts';
import { unixSocketOf } from './unix-sockets.ts';

/** One listening socket for each address of the policy, made in the network of the host. */
export const socketEffects: EffectsOf = (contract) => {
  if (contract.shape === 'direct') return [];
  return contract.policy.listen.flatMap((address, index) => socketOf(contract, address, index));
};

function socketOf(contract: GatedContract, address: ListenAddress, index: number): readonly CallEffect[] {
  switch (address.kind) {
    case 'tcp':
      return tcpSocketOf(contract, address, index);
    case 'unix':
      return unixSocketOf(contract, address, index);
  }
}

/** The capabilities that are raised while sockets are made; empty where every port is free to all. */
export function socketPrivilege({ policy, facts }: Contract): readonly CapabilityNeed[] {
  return isNeeded(PORT_NEED, policy, facts) ? [PORT_NEED] : [];
}

/** The two families of TCP, and the options of their sockets. */
const FAMILIES: Readonly<
  Record<TcpAddress['family'], { readonly domain: string; readonly setsFamily: boolean }>
> = {
  inet: { domain: 'AF_INET', setsFamily: false },
  inet6: { domain: 'AF_INET6', setsFamily: true },
};

const TYPES: Readonly<Record<PolicyHandoff, string>> = {
  connection: 'SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK',
  listener: 'SOCK_STREAM|SOCK_CLOEXEC',
};

function tcpSocketOf(contract: Contract, address: TcpAddress, index: number): readonly CallEffect[] {
  const { policy, facts } = contract;
  const name = listenerSlot(index);
  const { domain, setsFamily } = FAMILIES[address.family];
  const sockaddr = socketAddress(address, constantsOf(domain, contract.facts.architecture));
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
      operands: [domain, TYPES[policy.handoff], 'IPPROTO_TCP'],
      expect: NOT_NEGATIVE,
      store: name,
      deed: 'socket is made',
      before: ['namespaces', 'user namespace'],
    },
    ...(setsFamily ? [only] : []),
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
      after: setsFamily ? ['socket family', 'socket is reused'] : ['socket is reused'],
      before: ['namespaces', 'user namespace'],
      // An ordinary user may have no capability; then the file that starts the gate gives the right.
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
