import type { ListenAddress, PortAddress } from '../../../policy/policy.ts';
import { constantsOf, data, equal, fails, NOT_NEGATIVE, slot, value } from '../../builder.ts';
import type { Contract, GatedContract } from '../../contract.ts';
import { emptyData, structData } from '../../data.ts';
import { firstFree, PEER_DESCRIPTOR } from '../../gate-descriptors.ts';
import {
  INTERFACE_SIZE,
  LARGEST_ADDRESS,
  sizeData,
  wholeUnixAddress,
  withoutScope,
  wordsOf,
} from '../../steps/check-socket.ts';
import { listenerSlot } from '../../steps/listener.ts';
import { ADDRESS_OPTIONS } from '../../steps/peer-sockets.ts';
import { socketAddress } from '../../steps/port-address.ts';
import { refusesDescriptors } from '../../steps/received-descriptors.ts';
import type { CallEffect } from '../call-effect.ts';

const OFF = structData([[4, 0]]);
const ALL = 0xffff_ffffn;

type Numbers = readonly (readonly [level: string, option: string, number: string | number])[];

/** A socket that is passed: it is taken, everything about it is read, and what the launch decides is set. */
export function passedSocketOf(
  contract: GatedContract,
  address: ListenAddress,
  index: number,
  within: CallEffect['within'] = [],
): readonly CallEffect[] {
  const { policy, facts } = contract;
  const name = listenerSlot(index);
  const descriptor = firstFree(policy) + policy.listen.slice(0, index).filter(isPassed).length;
  const common = { phase: 'prepare', roles: ['outer'], of: name, within } as const;
  const early = ['namespaces', 'user namespace'] as const;
  return [
    {
      ...common,
      ...(policy.handoff === 'peer'
        ? {
            call: 'dup3',
            operands: [value(descriptor, ''), PEER_DESCRIPTOR + index, 'O_CLOEXEC'],
            expect: equal(PEER_DESCRIPTOR + index),
          }
        : {
            call: 'fcntl',
            operands: [value(descriptor, ''), 'F_DUPFD_CLOEXEC', firstFree(policy)],
            expect: NOT_NEGATIVE,
          }),
      store: name,
      deed: 'passed socket is at hand',
      before: ['passed numbers are closed', ...early],
    },
    ...readings(contract, address, name).map(
      (reading): CallEffect => ({
        ...common,
        ...reading,
        deed: 'passed socket read',
        before: ['passed numbers are closed'],
      }),
    ),
    {
      ...common,
      call: 'fcntl',
      operands: [
        slot(name),
        'F_SETFL',
        { connection: 'O_RDWR|O_NONBLOCK', listener: 'O_RDWR', peer: 'O_RDWR|O_NONBLOCK' }[policy.handoff],
      ],
      deed: 'passed socket waits',
      before: ['passed numbers are closed'],
    },
    ...(address.kind === 'udp' ? [unshared(name, common)] : []),
    ...(address.kind === 'udp' && policy.handoff === 'peer' ? [telling(address, name, common)] : []),
    ...(address.kind === 'unix' && !address.receivesDescriptors ? [refusing(name, facts, common)] : []),
  ];
}

type Common = Pick<CallEffect, 'phase' | 'roles' | 'of' | 'within'>;

function unshared(name: string, common: Common): CallEffect {
  return {
    ...common,
    call: 'setsockopt',
    operands: [slot(name), 'SOL_SOCKET', 'SO_REUSEADDR', data(OFF, ''), 4],
    deed: 'passed port is not shared',
    before: ['passed numbers are closed'],
  };
}

function telling({ family }: PortAddress, name: string, common: Common): CallEffect {
  const { level, name: option } = ADDRESS_OPTIONS[family];
  return {
    ...common,
    call: 'setsockopt',
    operands: [slot(name), level, option, data(structData([[4, 1]]), ''), 4],
    deed: 'socket tells addresses',
    before: ['passed numbers are closed'],
  };
}

function refusing(name: string, facts: Contract['facts'], common: Common): CallEffect {
  return {
    ...common,
    call: 'setsockopt',
    operands: [slot(name), 'SOL_SOCKET', 'SO_PASSRIGHTS', data(OFF, ''), 4],
    tolerate: refusesDescriptors(facts) ? [] : ['ENOPROTOOPT'],
    deed: 'socket refuses descriptors',
    before: ['passed numbers are closed'],
  };
}

function isPassed({ inherit }: ListenAddress): boolean {
  return inherit !== undefined;
}

/** The numbers of a socket that is as its address says. */
function numbersOf(address: ListenAddress): Numbers {
  switch (address.kind) {
    case 'tcp':
    case 'udp': {
      const isTcp = address.kind === 'tcp';
      const only = [['IPPROTO_IPV6', 'IPV6_V6ONLY', address.dualStack ? 0 : 1]] as const;
      return [
        ['SOL_SOCKET', 'SO_DOMAIN', { inet: 'AF_INET', inet6: 'AF_INET6' }[address.family]],
        ['SOL_SOCKET', 'SO_TYPE', isTcp ? 'SOCK_STREAM' : 'SOCK_DGRAM'],
        ['SOL_SOCKET', 'SO_PROTOCOL', isTcp ? 'IPPROTO_TCP' : 'IPPROTO_UDP'],
        ['SOL_SOCKET', 'SO_ACCEPTCONN', isTcp ? 1 : 0],
        ...{ inet: [], inet6: only }[address.family],
        ['SOL_SOCKET', 'SO_REUSEPORT', 0],
      ];
    }
    case 'unix': {
      const type = { stream: 'SOCK_STREAM', seqpacket: 'SOCK_SEQPACKET', dgram: 'SOCK_DGRAM' }[address.type];
      return [
        ['SOL_SOCKET', 'SO_DOMAIN', 'AF_UNIX'],
        ['SOL_SOCKET', 'SO_TYPE', type],
        ['SOL_SOCKET', 'SO_PROTOCOL', 0],
        ['SOL_SOCKET', 'SO_ACCEPTCONN', address.type === 'dgram' ? 0 : 1],
      ];
    }
  }
}

type Reading = Pick<CallEffect, 'call' | 'operands' | 'of' | 'finds' | 'expect'>;

function readings({ facts }: GatedContract, address: ListenAddress, name: string): readonly Reading[] {
  const number = (names: string): bigint => constantsOf(names, facts.architecture);
  const options = numbersOf(address).map(
    ([level, option, wanted]): Reading => ({
      call: 'getsockopt',
      operands: [slot(name), level, option, data(emptyData(4), ''), data(sizeData(4), '')],
      finds: [
        {
          operand: 3,
          offset: 0,
          width: 4,
          mask: ALL,
          equals: typeof wanted === 'number' ? BigInt(wanted) : number(wanted),
        },
      ],
      of: `${name} ${option}`,
    }),
  );
  const { bytes } =
    address.kind === 'unix'
      ? wholeUnixAddress(address, number('AF_UNIX'))
      : socketAddress(address, number({ inet: 'AF_INET', inet6: 'AF_INET6' }[address.family]));
  const room = (): Reading['operands'] => [
    slot(name),
    data(emptyData(LARGEST_ADDRESS), ''),
    data(sizeData(LARGEST_ADDRESS), ''),
  ];
  const bound: Reading = {
    call: 'getsockname',
    operands: room(),
    finds: [
      ...wordsOf(withoutScope(address, bytes)).map((word) => ({ operand: 1, ...word })),
      { operand: 2, offset: 0, width: 4, mask: ALL, equals: BigInt(bytes.length) },
    ],
    of: `${name} address`,
  };
  const alone: Reading = {
    call: 'getpeername',
    operands: room(),
    expect: fails('ENOTCONN'),
    of: `${name} peer`,
  };
  const isDatagram = address.kind === 'udp' || (address.kind === 'unix' && address.type === 'dgram');
  return [...options, ...interfaceReading(address, name), bound, ...(isDatagram ? [alone] : [])];
}

function interfaceReading(address: ListenAddress, name: string): readonly Reading[] {
  if (address.kind === 'unix' || address.scope === undefined) return [];
  const wanted = new TextEncoder().encode(`${address.scope}\0`);
  return [
    {
      call: 'getsockopt',
      operands: [
        slot(name),
        'SOL_SOCKET',
        'SO_BINDTODEVICE',
        data(emptyData(INTERFACE_SIZE), ''),
        data(sizeData(INTERFACE_SIZE), ''),
      ],
      finds: [
        ...wordsOf(wanted).map((word) => ({ operand: 3, ...word })),
        { operand: 4, offset: 0, width: 4, mask: ALL, equals: BigInt(wanted.length) },
      ],
      of: `${name} interface`,
    },
  ];
}

/** When all have been taken, none is open under the number that it was passed under. */
export function passedNumbers(
  { policy }: GatedContract,
  within: CallEffect['within'] = [],
): readonly CallEffect[] {
  const count = policy.listen.filter(isPassed).length;
  if (count === 0) return [];
  return [
    {
      phase: 'prepare',
      roles: ['outer'],
      within,
      call: 'close_range',
      operands: [firstFree(policy), firstFree(policy) + count - 1, 0],
      deed: 'passed numbers are closed',
      before: ['namespaces', 'user namespace', 'peers are filtered'],
    },
  ];
}
