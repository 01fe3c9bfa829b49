import type { PortAddress } from '../../../policy/policy.ts';
import { data, equal, slot } from '../../builder.ts';
import { structData } from '../../data.ts';
import { PEER_DESCRIPTOR } from '../../gate-descriptors.ts';
import { listenerSlot } from '../../steps/listener.ts';
import { ADDRESS_OPTIONS, unnumberedSlot } from '../../steps/peer-sockets.ts';
import type { CallEffect } from '../call-effect.ts';

/** A socket whose datagrams the gate passes on: its number, and that each of them tells the address that was asked. */
export function peerSocketEffects(
  { family }: Pick<PortAddress, 'family'>,
  index: number,
  common: Pick<CallEffect, 'phase' | 'roles' | 'of' | 'within'>,
): readonly CallEffect[] {
  const [made, name] = [unnumberedSlot(index), listenerSlot(index)];
  const { level, name: option } = ADDRESS_OPTIONS[family];
  return [
    {
      ...common,
      call: 'dup3',
      operands: [slot(made), PEER_DESCRIPTOR + index, 'O_CLOEXEC'],
      expect: equal(PEER_DESCRIPTOR + index),
      store: name,
      deed: 'socket has its number',
      after: ['socket is made'],
      before: ['watch of all'],
    },
    {
      ...common,
      call: 'close',
      operands: [slot(made)],
      deed: 'socket has one number',
      after: ['socket has its number'],
    },
    {
      ...common,
      call: 'setsockopt',
      operands: [slot(name), level, option, data(structData([[4, 1]]), ''), 4],
      deed: 'socket tells addresses',
    },
  ];
}
