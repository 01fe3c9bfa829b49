import type { Diagnostic } from '../policy/diagnostic.ts';
import { nearest } from '../policy/nearest.ts';
import type { Policy } from '../policy/policy.ts';
import { groupNames, lookupGroup, lookupUser, userNames } from './accounts.ts';
import { OWN, ownNumber } from './own-user.ts';

/** The user and groups of the service, in numbers. */
export interface ServiceIdentity {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groups: readonly number[];
}

export interface ResolvedIdentity {
  /** Undefined when an account is unknown. */
  readonly identity: ServiceIdentity | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Looks up the user and the groups of a policy. Numbers need no entry, but then the group has to be written too. */
export function resolveIdentity(policy: Policy): ResolvedIdentity {
  const diagnostics: Diagnostic[] = [];
  const report = (code: string, path: string, message: string, help: string | undefined): undefined => {
    diagnostics.push({ code, severity: 'error', message, span: policy.spans.get(path), help });
    return undefined;
  };
  const groupId = (group: string | number, path: string): number | undefined => {
    const gid = typeof group === 'number' ? group : lookupGroup(group)?.gid;
    return (
      gid ??
      report(
        'unknown-group',
        path,
        `unknown group '${group}'`,
        suggestion(String(group), groupNames()) ?? 'write a number, or make it with groupadd --system',
      )
    );
  };
  if (policy.user === OWN) {
    const uid = ownNumber(policy.service);
    const gid = policy.group === undefined ? uid : groupId(policy.group, 'group');
    return { identity: identityOf(policy, uid, gid, groupId), diagnostics };
  }
  const user = lookupUser(policy.user);
  const uid = typeof policy.user === 'number' ? policy.user : user?.uid;
  if (uid === undefined) {
    report(
      'unknown-user',
      'user',
      `unknown user '${policy.user}'`,
      suggestion(String(policy.user), userNames()) ?? 'write a number, or make it with useradd --system',
    );
  }
  // The name root and the number 0 are refused where they are read.
  if (uid === 0 && policy.user !== 0 && policy.user !== 'root' && policy.reason === undefined) {
    report(
      'root-without-reason',
      'user',
      `user '${policy.user}' is root, which needs a reason`,
      'add the key reason, or name another user',
    );
  }
  const gid = policy.group === undefined ? user?.gid : groupId(policy.group, 'group');
  if (uid !== undefined && policy.group === undefined && gid === undefined) {
    report('group-missing', 'user', `user ${uid} has no entry and so no primary group`, 'add the key group');
  }
  return { identity: identityOf(policy, uid, gid, groupId), diagnostics };
}

function identityOf(
  policy: Policy,
  uid: number | undefined,
  gid: number | undefined,
  groupId: (group: string | number, path: string) => number | undefined,
): ServiceIdentity | undefined {
  const groups = policy.groups.flatMap((group, index) => groupId(group, `groups.${index}`) ?? []);
  const isKnown = uid !== undefined && gid !== undefined && groups.length === policy.groups.length;
  return isKnown ? { uid, gid, groups } : undefined;
}

/** Returns the help for the name of an account with a typo. */
export function suggestion(name: string, names: readonly string[]): string | undefined {
  const near = nearest(name, names);
  return near === undefined ? undefined : `did you mean '${near}'?`;
}
