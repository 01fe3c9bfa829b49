import { capabilitySet } from '../../kernel/capabilities.ts';
import { constantBits } from '../../kernel/constants.ts';
import type { Policy } from '../../policy/policy.ts';
import type { PlanBuilder } from '../builder.ts';
import { data, equal, fails, value } from '../builder.ts';
import type { Contract } from '../contract.ts';
import { type Data, emptyData, structData } from '../data.ts';
import type { HostFacts, Identity } from '../facts.ts';
import { type CapabilityNeed, isMetBy } from '../need.ts';
import type { Check, Role } from '../step.ts';
import {
  type CapabilitySets,
  capabilityData,
  capabilityHeader,
  type HeldPrivilege,
  NO_CAPABILITIES,
  setCapabilities,
} from './capabilities.ts';

/** Three secure bits on and locked, and KEEP_CAPS off and locked. */
const LOCKED = constantBits(
  'SECBIT_NOROOT|SECBIT_NOROOT_LOCKED|SECBIT_NO_SETUID_FIXUP|SECBIT_NO_SETUID_FIXUP_LOCKED|SECBIT_NO_CAP_AMBIENT_RAISE|SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED|SECBIT_KEEP_CAPS_LOCKED',
);
const NO_SETUID_FIXUP = constantBits('SECBIT_NO_SETUID_FIXUP');

/**
 * Returns the securebits that are locked for good. A service that stays root may change to other users, and must then
 * lose its capabilities with uid 0. For such a service NO_SETUID_FIXUP is locked too, but off.
 */
export function lockedSecurebits(root: boolean): bigint {
  return root ? LOCKED & ~NO_SETUID_FIXUP : LOCKED;
}

/** Capability numbers that the bounding set is cleared of, on every kernel. */
const BOUNDING_END = 64;

function words(bytes: Data, values: readonly number[]): readonly Check[] {
  return values.map((equals, index) => ({
    data: bytes,
    offset: 4 * index,
    width: 4,
    mask: 0xffff_ffffn,
    equals: BigInt(equals),
  }));
}

/** Returns whether a service has a number that nothing else on the host may have. An ordinary user's own stands for it. */
export function hasOwnUser({ policy, unprivileged }: Pick<Contract, 'policy' | 'unprivileged'>): boolean {
  return policy.user === 'own' && !unprivileged;
}

/**
 * Asserts that no process has the number of `user: own`, of those that the caller's PID namespace shows. Raw getpriority(2)
 * answers 1 to 40 for a user with processes.
 */
export function assertUnused(builder: PlanBuilder, { uid }: Identity, policy: Policy): void {
  builder.call('getpriority', ['PRIO_USER', uid], {
    why: 'no process has the number that is to be its own',
    source: policy.spans.get('user'),
    expect: fails('ESRCH'),
  });
}

export const GROUP_NEED: CapabilityNeed = {
  capability: 'CAP_SETGID',
  to: 'to change groups',
  does: 'changes its user',
  without: 'refused',
};

export const USER_NEED: CapabilityNeed = {
  capability: 'CAP_SETUID',
  to: 'to change the user',
  does: 'changes its user',
  without: 'refused',
};

/** Changes the groups, then the group, then the user: after the change of user the first two would be forbidden. */
export function becomeUser(
  builder: PlanBuilder,
  held: HeldPrivilege,
  identity: Identity,
  policy: Policy,
  mayClear: boolean,
): void {
  const { uid, gid, groups } = identity;
  const user = policy.spans.get('user');
  const group = policy.spans.get('group') ?? user;
  if (mayClear) {
    held.hold(GROUP_NEED, group);
    const list = structData(groups.map((id) => [4, id] as const));
    const argument = groups.length === 0 ? value(0, 'NULL') : data(list, groups.join(' '));
    builder.call('setgroups', [groups.length, argument], {
      why: 'supplementary groups',
      source: policy.spans.get('groups') ?? user,
    });
  }
  builder.call('setresgid', [gid, gid, gid], { why: 'real, effective and saved group', source: group });
  builder.call('prctl', ['PR_SET_KEEPCAPS', 1, 0, 0, 0], {
    why: 'the bounding set is cleared after the change of user',
  });
  held.hold(USER_NEED, user);
  builder.call('setresuid', [uid, uid, uid], { why: 'real, effective and saved user', source: user });
}

export const BOUNDING_SET_NEED: CapabilityNeed = {
  capability: 'CAP_SETPCAP',
  to: 'to clear the bounding set and lock the secure bits',
  does: 'gives every capability away',
  without: 'refused',
};

/** Removes all that an exec could turn into privilege. */
export function dropCapabilities(
  builder: PlanBuilder,
  policy: Policy,
  permitted: bigint,
  root: boolean,
): void {
  const kept = capabilitySet(policy.capabilities);
  const source = policy.spans.get('capabilities');
  const setpcap = capabilitySet([BOUNDING_SET_NEED.capability]);
  if (isMetBy(permitted, BOUNDING_SET_NEED)) {
    setCapabilities(
      builder,
      { effective: setpcap, permitted: kept | setpcap, inheritable: kept },
      { why: BOUNDING_SET_NEED.to, source },
    );
    for (let capability = 0; capability < BOUNDING_END; capability++) {
      builder.call('prctl', ['PR_CAPBSET_DROP', capability, 0, 0, 0], {
        why: 'no exec can bring it back',
        // Numbers that the kernel has no capability for; all are read back below.
        tolerate: ['EINVAL'],
      });
    }
    builder.call('prctl', ['PR_CAP_AMBIENT', 'PR_CAP_AMBIENT_CLEAR_ALL', 0, 0, 0], {
      why: 'no capability passes an exec',
    });
    for (const name of policy.capabilities) {
      const number = [...Array(BOUNDING_END).keys()].find(
        (bit) => capabilitySet([name]) === 1n << BigInt(bit),
      );
      builder.call('prctl', ['PR_CAP_AMBIENT', 'PR_CAP_AMBIENT_RAISE', value(number ?? 0, name), 0, 0], {
        why: 'the policy grants it to the service by name',
        source,
        roles: [builder.serviceRole],
      });
    }
    builder.call(
      'prctl',
      [
        'PR_SET_SECUREBITS',
        value(
          lockedSecurebits(root),
          root
            ? 'NOROOT NO_CAP_AMBIENT_RAISE, locked'
            : 'NOROOT NO_SETUID_FIXUP NO_CAP_AMBIENT_RAISE, locked',
        ),
        0,
        0,
        0,
      ],
      {
        why: 'uid 0 would have no power either',
      },
    );
  }
  for (const [role, sets] of finalSets(builder, kept)) {
    const why = sets === NO_CAPABILITIES ? 'no capability is left' : 'only what the service is granted';
    setCapabilities(builder, sets, { why, source, roles: role });
  }
}

/** Returns the last sets of each role. The outer gate always ends with none, also where the service is granted some. */
function finalSets(
  builder: PlanBuilder,
  kept: bigint,
): readonly (readonly [readonly Role[], CapabilitySets])[] {
  if (kept === 0n) return [[builder.roles, NO_CAPABILITIES]];
  const others = builder.roles.filter((role) => role !== builder.serviceRole);
  const granted: CapabilitySets = { effective: 0n, permitted: kept, inheritable: kept };
  const service = [[[builder.serviceRole], granted]] as const;
  return others.length === 0 ? service : [[others, NO_CAPABILITIES], ...service];
}

/** An ordinary user may have capabilities as well, such as the ambient ones of a unit file. */
export function giveUpCapabilities(builder: PlanBuilder, policy: Policy): void {
  setCapabilities(builder, NO_CAPABILITIES, { why: 'no capability is left' });
  readCapabilities(builder, 0n, policy);
}

/** Asserts that root cannot be regained, and reads back what was set. */
export function assertIdentity(
  builder: PlanBuilder,
  identity: Identity,
  policy: Policy,
  facts: HostFacts,
  unprivileged: boolean,
): void {
  const { uid, gid, groups } = identity;
  const user = policy.spans.get('user');
  // Three separate words, because each argument of getresuid is a pointer.
  const three = [emptyData(4), emptyData(4), emptyData(4)];
  const readBack = (call: string, id: number): void =>
    builder.call(
      call,
      three.map((word, index) => data(word, ['real', 'effective', 'saved'][index] ?? '')),
      {
        why: 'read back',
        source: user,
        checks: three.flatMap((word) => words(word, [id])),
      },
    );
  if (uid !== 0) {
    builder.call('setresuid', [0, 0, 0], {
      why: 'root cannot be regained',
      expect: fails(unprivileged ? 'EINVAL' : 'EPERM'),
    });
  }
  readBack('getresuid', uid);
  readBack('getresgid', gid);
  if (!unprivileged) {
    const list = emptyData(Math.max(4, 4 * groups.length));
    builder.call('getgroups', [groups.length, data(list, 'what is set')], {
      why: 'read back',
      source: policy.spans.get('groups') ?? user,
      expect: equal(groups.length),
      checks: words(
        list,
        [...groups].sort((a, b) => a - b),
      ),
    });
  }
  readCapabilities(builder, capabilitySet(policy.capabilities), policy);
  for (let capability = 0; capability <= facts.lastCapability; capability++) {
    builder.call('prctl', ['PR_CAPBSET_READ', capability, 0, 0, 0], { why: 'the bounding set is empty' });
  }
  builder.call('prctl', ['PR_GET_SECUREBITS', 0, 0, 0, 0], {
    why: 'read back',
    expect: equal(lockedSecurebits(uid === 0)),
  });
}

function readCapabilities(builder: PlanBuilder, kept: bigint, policy: Policy): void {
  for (const [roles, sets] of finalSets(builder, kept)) {
    const found = emptyData(24);
    const expected = new DataView(capabilityData(sets).bytes.buffer);
    builder.call('capget', [data(capabilityHeader(), 'caller'), data(found, 'what is left')], {
      why: 'read back',
      source: policy.spans.get('capabilities'),
      roles,
      checks: words(
        found,
        [0, 1, 2, 3, 4, 5].map((word) => expected.getUint32(4 * word, true)),
      ),
    });
  }
}
