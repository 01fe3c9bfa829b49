import type { Diagnostic } from '../../policy/diagnostic.ts';
import type { AccessAccount, AccessEntry, Policy } from '../../policy/policy.ts';
import type { PlanInput } from '../plan-input.ts';
import type { PeerUser, PeerUsers } from '../step.ts';

/** The numbers of the users and groups that an access list names, by their entries. */
export type PeerAccounts = ReadonlyMap<string, number>;

/**
 * Returns the list that the gate asks about peers of UNIX sockets; `undefined`: there is none to ask. Of two entries
 * about one number the denied one stands first, and counts.
 */
export function peerUsers(
  { allow, deny, listen }: Pick<Policy, 'allow' | 'deny' | 'listen'>,
  accounts: PeerAccounts,
): PeerUsers | undefined {
  if ((allow === undefined && deny === undefined) || listen.every(({ kind }) => kind !== 'unix'))
    return undefined;
  const of = (kind: AccessAccount['kind'], entries: readonly AccessEntry[], isAllowed: boolean): PeerUser[] =>
    entries.flatMap((entry) => (entry.kind === kind ? [{ id: idOf(entry, accounts), isAllowed }] : []));
  const both = (kind: AccessAccount['kind']): PeerUser[] => [
    ...of(kind, deny ?? [], false),
    ...of(kind, allow ?? [], true),
  ];
  return { users: both('user'), groups: both('group') };
}

function idOf({ account, text }: AccessAccount, accounts: PeerAccounts): number {
  const id = typeof account === 'number' ? account : accounts.get(text);
  if (id === undefined) throw new RangeError(`'${text}' has no number`);
  return id;
}

/** In a user namespace every user but the caller is 65534, so that a list would take all of them for one. */
export function peerUserProblems({ policy, unprivileged }: PlanInput): readonly Diagnostic[] {
  if (!unprivileged) return [];
  return (['allow', 'deny'] as const).flatMap((list) =>
    (policy[list] ?? []).flatMap((entry, index): readonly Diagnostic[] => {
      if (entry.kind === 'prefix') return [];
      const message = `'${entry.text}' cannot be told from other users without root: in a user namespace all of them have one number`;
      const span = policy.spans.get(`${list}.${index}`);
      const help = 'leave it out and use the mode of the socket, or run as root';
      return [{ code: 'access-unprivileged', severity: 'error', message, span, help }];
    }),
  );
}
