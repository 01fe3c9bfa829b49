import type { Policy } from '../policy/policy.ts';
import { hasProcesses } from './libc.ts';
import { checkOwnUser, OWN } from './own-user.ts';
import type { Report } from './report.ts';
import type { ServiceIdentity } from './resolve-identity.ts';

/** The number that stands for no user: it is nobody's own, and the host's also where passwd gives it another name. */
const NOBODY = 65_534;

const FIX = 'write user: own, or a user that nothing else on this host has';

/**
 * Reports a user that others have too: limits such as `nproc` count all processes of a user on the host. A number of its
 * own that somebody has is an error; others are worth a note. `here`: false for an executable of another host.
 */
export function checkUser(policy: Policy, { uid }: ServiceIdentity, here: boolean, report: Report): void {
  if (policy.user === OWN) {
    checkOwnUser(policy, here, report);
    return;
  }
  if (uid === 0) return;
  const count = policy.rlimits.nproc.soft;
  const isWritten = policy.spans.has('user');
  if (!isWritten || uid === NOBODY) {
    const who = isWritten
      ? `'${policy.user}' is the user of many services`
      : `without user the service runs as '${policy.user}'`;
    const message = `${who}: rlimits.nproc (${count}) counts every process that this user has on the host`;
    report('user-default', isWritten ? 'user' : 'service', message, FIX, { severity: 'note' });
  } else if (here && hasProcesses(uid)) {
    const message = `processes of user '${policy.user}' run on this host, and rlimits.nproc (${count}) counts them: this service, or others`;
    report('user-live', 'user', message, FIX, { severity: 'note' });
  }
}
