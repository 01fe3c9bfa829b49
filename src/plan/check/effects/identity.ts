import { data, equal, fails, value } from '../../builder.ts';
import { emptyData, structData } from '../../data.ts';
import type { Identity } from '../../facts.ts';
import type { CallStep, Role } from '../../step.ts';
import { GROUP_NEED, USER_NEED } from '../../steps/identity.ts';
import { type CallEffect, type EffectsOf, type Found, processesOf } from '../call-effect.ts';
import type { Credentials } from '../credentials.ts';
import { dataOf, numberOf, wordsOf } from '../operand-values.ts';
import { FORGOTTEN } from './process.ts';

interface Confined {
  readonly phase: 'confine';
  readonly roles: readonly Role[];
}

/** Groups, group and user, in this order, read back; then the proof that root cannot be regained. */
export const identityEffects: EffectsOf = ({ shape, policy, identity, unprivileged }) => {
  if (identity === undefined) return [];
  const isOwn = shape !== 'direct' && policy.user === 'own' && !unprivileged;
  const confined: Confined = { phase: 'confine', roles: processesOf(shape).staying };
  return [
    ...(isOwn ? [unused(identity)] : []),
    ...(unprivileged ? [] : groupEffects(identity, confined)),
    ...idEffects(identity, unprivileged, confined),
    ...(identity.uid === 0 ? [] : [rootRefused(unprivileged, confined)]),
  ];
};

/** The whole host is asked, of which the namespace of the service shows nothing. */
function unused({ uid }: Identity): CallEffect {
  return {
    phase: 'prepare',
    roles: ['outer'],
    call: 'getpriority',
    operands: ['PRIO_USER', uid],
    expect: fails('ESRCH'),
    deed: 'number is unused',
    before: ['namespaces', 'user namespace', 'user'],
  };
}

/** In its own user namespace a process cannot give up groups or take any. */
function groupEffects({ groups }: Identity, confined: Confined): readonly CallEffect[] {
  const list = structData(groups.map((id) => [4, id] as const));
  const sorted = [...groups].sort((a, b) => a - b);
  const found = emptyData(Math.max(4, 4 * groups.length));
  return [
    {
      ...confined,
      call: 'setgroups',
      operands: [groups.length, groups.length === 0 ? value(0, 'NULL') : data(list, '')],
      deed: 'groups',
      before: ['group', 'user'],
      order: 'identity-order',
      needs: GROUP_NEED,
      undoes: FORGOTTEN,
      kernel: (credentials, step) =>
        credentials.setGroups(wordsOf(dataOf(step, 1), Number(numberOf(step, 0)))),
    },
    {
      ...confined,
      call: 'getgroups',
      operands: [groups.length, data(found, '')],
      expect: equal(groups.length),
      finds: words(1, sorted),
      deed: 'groups read',
      after: ['groups'],
    },
  ];
}

function idEffects({ uid, gid }: Identity, unprivileged: boolean, confined: Confined): readonly CallEffect[] {
  return [
    {
      ...confined,
      call: 'setresgid',
      operands: [gid, gid, gid],
      deed: 'group',
      before: ['user'],
      order: 'identity-order',
      needs: unprivileged ? undefined : GROUP_NEED,
      undoes: FORGOTTEN,
      kernel: (credentials) => credentials.setGids([gid, gid, gid]),
    },
    {
      ...confined,
      call: 'setresuid',
      operands: [uid, uid, uid],
      deed: 'user',
      needs: USER_NEED,
      undoes: FORGOTTEN,
      kernel: (credentials) => credentials.setUids([uid, uid, uid]),
    },
    readBack('getresgid', gid, 'group read', confined),
    readBack('getresuid', uid, 'user read', confined),
  ];
}

function readBack(
  call: 'getresuid' | 'getresgid',
  id: number,
  deed: 'group read' | 'user read',
  confined: Confined,
): CallEffect {
  const word = emptyData(4);
  return {
    ...confined,
    call,
    operands: [data(word, 'real'), data(word, 'effective'), data(word, 'saved')],
    finds: [0, 1, 2].flatMap((operand) => words(operand, [id])),
    deed,
    after: [deed === 'user read' ? 'user' : 'group'],
    kernel: (credentials) => isRead(call === 'getresuid' ? credentials.uids : credentials.gids, id),
  };
}

function isRead(ids: readonly number[], wanted: number): string | undefined {
  return ids.every((id) => id === wanted) ? undefined : `it finds ${ids.join(' ')}`;
}

function rootRefused(unprivileged: boolean, confined: Confined): CallEffect {
  return {
    ...confined,
    call: 'setresuid',
    operands: [0, 0, 0],
    expect: fails(unprivileged ? 'EINVAL' : 'EPERM'),
    deed: 'root is refused',
    after: ['capabilities are given up'],
    kernel: refusedRoot,
  };
}

function refusedRoot(credentials: Credentials, _: CallStep): string | undefined {
  return credentials.setUids([0, 0, 0]);
}

/** Words of 32 bits that a call writes through one of its arguments. */
export function words(operand: number, values: readonly number[]): readonly Found[] {
  return values.map((equals, index) => ({
    operand,
    offset: 4 * index,
    width: 4,
    mask: 0xffff_ffffn,
    equals: BigInt(equals),
  }));
}
