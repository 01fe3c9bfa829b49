import { data, NOT_NEGATIVE, slot } from '../../builder.ts';
import { FLAGS_AT, IFF_UP, LOOPBACK_NEED, loopbackRequest } from '../../steps/loopback.ts';
import type { CallEffect, EffectsOf } from '../call-effect.ts';

const PREPARED = { phase: 'prepare', roles: ['outer'] } as const;

/** The loopback is brought up in the network of the service, and only where the policy says so. */
export const loopbackEffects: EffectsOf = ({ shape, policy }) => {
  if (shape === 'direct' || policy.network !== 'loopback') return [];
  return LOOPBACK;
};

const LOOPBACK: readonly CallEffect[] = [
  {
    ...PREPARED,
    call: 'socket',
    operands: ['AF_UNIX', 'SOCK_DGRAM|SOCK_CLOEXEC', 0],
    expect: NOT_NEGATIVE,
    store: 'devices',
    deed: 'devices are at hand',
    after: ['namespaces'],
  },
  {
    ...PREPARED,
    call: 'ioctl',
    operands: [slot('devices'), 'SIOCSIFFLAGS', data(loopbackRequest(IFF_UP), '')],
    deed: 'loopback is up',
    after: ['devices are at hand'],
    needs: LOOPBACK_NEED,
  },
  {
    ...PREPARED,
    call: 'ioctl',
    operands: [slot('devices'), 'SIOCGIFFLAGS', data(loopbackRequest(0), '')],
    deed: 'loopback read',
    after: ['loopback is up'],
    finds: [{ operand: 2, offset: FLAGS_AT, width: 4, mask: BigInt(IFF_UP), equals: BigInt(IFF_UP) }],
  },
  {
    ...PREPARED,
    call: 'close',
    operands: [slot('devices')],
    deed: 'devices are closed',
    after: ['loopback read'],
  },
];
