import type { ListenAddress, PolicyHandoff, PortAddress } from '../../../policy/policy.ts';
import { constantsOf, data, NOT_NEGATIVE, slot } from '../../builder.ts';
import type { Contract, GatedContract } from '../../contract.ts';
import { structData } from '../../data.ts';
import { type CapabilityNeed, isNeeded } from '../../need.ts';
import type { Slot } from '../../step.ts';
import { FILTER_NEED, holdsFilterNeed, SOCK_FPROG_BYTES } from '../../steps/access-list.ts';
import { BACKLOG, listenerSlot } from '../../steps/listener.ts';
import { programData } from '../../steps/load-filter.ts';
import { unnumberedSlot } from '../../steps/peer-sockets.ts';
import { socketAddress } from '../../steps/port-address.ts';
import { PORT_NEED } from '../../steps/sockets.ts';
import type { CallEffect, EffectsOf } from '../call-effect.ts';
import { passedNumbers, passedSocketOf } from './passed-sockets.ts';
import { peerSocketEffects } from './peer-sockets.ts';
import { portOptionEffects } from './port-options.ts';
import { unixSocketOf } from './unix-sockets.ts';

/** One listening socket for each address of the policy, made in the network of the host. */
export const socketEffects: EffectsOf = (contract) => {
  if (contract.shape === 'direct') return [];
  const within = makingPrivilege(contract);
  return [
    ...contract.policy.listen.flatMap((address, index) =>
      address.inherit === undefined
        ? socketOf(contract, address, index)
        : [
            ...passedSocketOf(contract, address, index, within),
            ...peerFilter(contract, listenerSlot(index), index, {
              phase: 'prepare',
              roles: ['outer'],
              of: listenerSlot(index),
              within,
            }),
          ],
    ),
    ...passedNumbers(contract, within),
  ];
};

function socketOf(contract: GatedContract, address: ListenAddress, index: number): readonly CallEffect[] {
  switch (address.kind) {
    case 'tcp':
    case 'udp':
      return portSocketOf(contract, address, index);
    case 'unix':
      return unixSocketOf(contract, address, index);
  }
}

/** The capabilities that are raised while sockets are made; empty where every port is free to all. */
export function socketPrivilege({ policy, facts }: Contract): readonly CapabilityNeed[] {
  return isNeeded(PORT_NEED, policy, facts) ? [PORT_NEED] : [];
}

/** The same before they are bound: the capability to filter peers, where the launcher has it. */
function makingPrivilege(contract: Contract): readonly CapabilityNeed[] {
  return contract.shape !== 'direct' && holdsFilterNeed(contract) ? [FILTER_NEED] : socketPrivilege(contract);
}

/** The two families of ports, and the options of their sockets. */
const FAMILIES: Readonly<
  Record<PortAddress['family'], { readonly domain: string; readonly setsFamily: boolean }>
> = {
  inet: { domain: 'AF_INET', setsFamily: false },
  inet6: { domain: 'AF_INET6', setsFamily: true },
};

const FLAGS: Readonly<Record<PolicyHandoff, string>> = {
  connection: 'SOCK_CLOEXEC|SOCK_NONBLOCK',
  listener: 'SOCK_CLOEXEC',
  peer: 'SOCK_CLOEXEC|SOCK_NONBLOCK',
};

function portSocketOf(contract: Contract, address: PortAddress, index: number): readonly CallEffect[] {
  const { policy, facts } = contract;
  const name = listenerSlot(index);
  const { domain, setsFamily } = FAMILIES[address.family];
  const sockaddr = socketAddress(address, constantsOf(domain, contract.facts.architecture));
  const isUdp = address.kind === 'udp';
  const isPrivileged = address.port < facts.unprivilegedPortStart;
  const common = {
    phase: 'prepare',
    roles: ['outer'],
    of: name,
    within: makingPrivilege(contract),
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
  const reused: CallEffect = {
    ...common,
    call: 'setsockopt',
    operands: option('SOL_SOCKET', 'SO_REUSEADDR', true),
    deed: 'socket is reused',
  };
  const listens: CallEffect = {
    ...common,
    within: socketPrivilege(contract),
    call: 'listen',
    operands: [slot(name), address.options?.backlog ?? BACKLOG],
    deed: 'socket listens',
    after: ['socket is bound'],
  };
  const numbered = policy.handoff === 'peer' ? peerSocketEffects(address, index, common) : [];
  return [
    {
      ...common,
      call: 'socket',
      operands: [
        domain,
        `${isUdp ? 'SOCK_DGRAM' : 'SOCK_STREAM'}|${FLAGS[policy.handoff]}`,
        isUdp ? 'IPPROTO_UDP' : 'IPPROTO_TCP',
      ],
      expect: NOT_NEGATIVE,
      store: policy.handoff === 'peer' ? unnumberedSlot(index) : name,
      deed: 'socket is made',
      before: ['namespaces', 'user namespace'],
    },
    ...numbered,
    ...(setsFamily ? [only] : []),
    ...(isUdp ? [] : [reused]),
    ...portOptionEffects(address, name, common),
    ...peerFilter(contract, name, index, common),
    {
      ...common,
      within: socketPrivilege(contract),
      call: 'bind',
      operands: [slot(name), data(sockaddr, address.text), sockaddr.bytes.length],
      deed: 'socket is bound',
      after: [
        ...(setsFamily ? (['socket family'] as const) : []),
        ...numbered.map(({ deed }) => deed),
        ...(isUdp ? (['socket is made'] as const) : (['socket is reused'] as const)),
        ...peerFilter(contract, name, index, common).map(({ deed }) => deed),
      ],
      before: ['namespaces', 'user namespace'],
      // An ordinary user may have no capability; then the file that starts the gate gives the right.
      needs: isPrivileged && facts.permitted !== 0n ? PORT_NEED : undefined,
    },
    ...(isUdp ? [] : [listens]),
  ];
}

/** The filter of one socket, which the service cannot take away where it holds the socket. */
function peerFilter(
  contract: Contract,
  name: Slot,
  index: number,
  common: Pick<CallEffect, 'phase' | 'roles' | 'of' | 'within'>,
): readonly CallEffect[] {
  if (contract.shape === 'direct' || contract.admission.by !== 'kernel') return [];
  const program = contract.admission.programs[index];
  if (program === undefined) return [];
  const attach: CallEffect = {
    ...common,
    call: 'setsockopt',
    operands: [
      slot(name),
      'SOL_SOCKET',
      'SO_ATTACH_FILTER',
      data(programData(program), ''),
      SOCK_FPROG_BYTES,
    ],
    deed: 'peers are filtered',
    needs: holdsFilterNeed(contract) ? FILTER_NEED : undefined,
    before: ['namespaces', 'user namespace'],
  };
  if (contract.policy.handoff !== 'listener') return [attach];
  const lock: CallEffect = {
    ...common,
    call: 'setsockopt',
    operands: [slot(name), 'SOL_SOCKET', 'SO_LOCK_FILTER', data(structData([[4, 1]]), ''), 4],
    deed: 'filter is locked',
    after: ['peers are filtered'],
  };
  return [attach, lock];
}
