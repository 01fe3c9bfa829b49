import { lookupUser } from '../../host/accounts.ts';
import type { Identity } from '../../plan/facts.ts';

/** Numbers that systemd sets aside for users made at run time; the supervisor takes an unused one. */
const DYNAMIC_FIRST = 61_184;
const DYNAMIC_LAST = 65_519;

/** A user of the supervisor's own, never a service's: `portcullis` where there is one, else a number without a name. */
export function supervisorIdentity(serviceUids: readonly number[]): Identity {
  const named = lookupUser('portcullis');
  if (named !== undefined && named.uid !== 0 && !serviceUids.includes(named.uid)) {
    return { uid: named.uid, gid: named.gid, groups: [] };
  }
  for (let uid = DYNAMIC_LAST; uid >= DYNAMIC_FIRST; uid--) {
    if (!serviceUids.includes(uid) && lookupUser(uid) === undefined) return { uid, gid: uid, groups: [] };
  }
  throw new Error(`no user number between ${DYNAMIC_FIRST} and ${DYNAMIC_LAST} is free for the supervisor`);
}
