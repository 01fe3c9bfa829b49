import type { PortAddress, PortOptions } from '../../../policy/policy.ts';
import { data, slot } from '../../builder.ts';
import { bytesData, emptyData, structData } from '../../data.ts';
import type { Slot } from '../../step.ts';
import type { CallEffect } from '../call-effect.ts';

type Common = Pick<CallEffect, 'phase' | 'roles' | 'within'>;

/** The options of a listener that are numbers. */
function numbersOf(
  options: PortOptions,
): readonly (readonly [level: string, name: string, number: number])[] {
  const { keepalive, nodelay, deferAcceptS, receiveBuffer, sendBuffer } = options;
  const all: readonly (readonly [string, string, number | undefined])[] = [
    ['SOL_SOCKET', 'SO_RCVBUF', receiveBuffer],
    ['SOL_SOCKET', 'SO_SNDBUF', sendBuffer],
    ['SOL_SOCKET', 'SO_KEEPALIVE', keepalive && 1],
    ['IPPROTO_TCP', 'TCP_KEEPIDLE', keepalive?.idleS],
    ['IPPROTO_TCP', 'TCP_KEEPINTVL', keepalive?.intervalS],
    ['IPPROTO_TCP', 'TCP_KEEPCNT', keepalive?.count],
    ['IPPROTO_TCP', 'TCP_NODELAY', nodelay && 1],
    ['IPPROTO_TCP', 'TCP_DEFER_ACCEPT', deferAcceptS],
  ];
  return all.flatMap(([level, name, number]) => (number === undefined ? [] : [[level, name, number]]));
}

/** Exactly the options of the policy, on the socket of its address, before it is bound. */
export function portOptionEffects(
  { scope, options = {} }: PortAddress,
  listener: Slot,
  common: Common,
): readonly CallEffect[] {
  const fd = slot(listener);
  const set = (level: string, name: string, bytes: Uint8Array): CallEffect => ({
    ...common,
    call: 'setsockopt',
    operands: [fd, level, name, data(bytesData(bytes), ''), bytes.length],
    deed: 'socket option',
    of: `${listener} ${name}`,
    before: ['socket is bound', 'namespaces', 'user namespace'],
  });
  const readBack = (name: string, number: number): CallEffect => ({
    ...common,
    call: 'getsockopt',
    operands: [fd, 'SOL_SOCKET', name, data(emptyData(4), ''), data(structData([[4, 4]]), '')],
    finds: [{ operand: 3, offset: 0, width: 4, mask: 0xffff_ffffn, equals: BigInt(2 * number) }],
    deed: 'socket option read',
    of: `${listener} ${name}`,
    after: ['socket option'],
  });
  // The address has an interface or its options have one, never both.
  const device = scope ?? options.device;
  return [
    ...(device === undefined
      ? []
      : [set('SOL_SOCKET', 'SO_BINDTODEVICE', new TextEncoder().encode(`${device}\0`))]),
    ...numbersOf(options).flatMap(([level, name, number]) => [
      set(level, name, structData([[4, number]]).bytes),
      ...(name.endsWith('BUF') ? [readBack(name, number)] : []),
    ]),
  ];
}
