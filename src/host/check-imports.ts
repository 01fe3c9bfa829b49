import type { Policy } from '../policy/policy.ts';
import { readImports } from './elf/imports.ts';
import { readFrom } from './elf/read-at.ts';
import { OWN } from './own-user.ts';
import type { Report } from './report.ts';

/** Functions of the C library that look up the user of the process. */
const LOOKING_UP = ['getpwuid', 'getpwuid_r', 'getlogin', 'cuserid'];

/** Reports needs of a program that the names which it imports show. */
export function checkImports(path: string, policy: Policy, report: Report): void {
  if (policy.user !== OWN) return;
  const imports = readFrom(path, readImports);
  const found = LOOKING_UP.filter((name) => imports?.has(name));
  if (found.length === 0) return;
  const message = `${path} looks up users by number (${found.join(', ')}), and the number of user: own has no name and no home`;
  const help = 'set HOME and USER in environment, or name a user of passwd if it cannot do without';
  report('own-user-nameless', 'user', message, help, { severity: 'note' });
}
