import type { Policy } from '../policy/policy.ts';
import { OWN } from './own-user.ts';
import type { Report } from './report.ts';

/** Functions of the C library that look up the user of the process. */
const LOOKING_UP = ['getpwuid', 'getpwuid_r', 'getlogin', 'cuserid'];

/** Reports a program that looks up the name of its user, where the user has none. `imports`: names of its functions. */
export function checkImports(
  path: string,
  imports: ReadonlySet<string>,
  policy: Policy,
  report: Report,
): void {
  if (policy.user !== OWN) return;
  const found = LOOKING_UP.filter((name) => imports.has(name));
  if (found.length === 0) return;
  const message = `${path} looks up users by number (${found.join(', ')}), and the number of user: own has no name and no home`;
  const help = 'set HOME and USER in environment, or name a user of passwd if it cannot do without';
  report('own-user-nameless', 'user', message, help, { severity: 'note' });
}
