import type { Policy } from '../policy/policy.ts';
import { terminalFunctions } from './makes-terminals.ts';
import { OWN } from './own-user.ts';
import type { Report } from './report.ts';

/** Functions of the C library that look up the user of the process. */
const LOOKING_UP = ['getpwuid', 'getpwuid_r', 'getlogin', 'cuserid'];

/**
 * Reports a program that makes terminals where it has none, and one that looks up the name of its user where the user has
 * none. `imports`: names of its functions.
 */
export function checkImports(
  path: string,
  imports: ReadonlySet<string>,
  policy: Policy,
  report: Report,
): void {
  checkTerminalFunctions(path, imports, policy, report);
  if (policy.user !== OWN) return;
  const found = LOOKING_UP.filter((name) => imports.has(name));
  if (found.length === 0) return;
  const message = `${path} looks up users by number (${found.join(', ')}), and the number of user: own has no name and no home`;
  const help = 'set HOME and USER in environment, or name a user of passwd if it cannot do without';
  report('own-user-nameless', 'user', message, help, { severity: 'note' });
}

function checkTerminalFunctions(
  path: string,
  imports: ReadonlySet<string>,
  policy: Policy,
  report: Report,
): void {
  const found = policy.terminals ? [] : terminalFunctions(path, imports);
  if (found.length === 0) return;
  const message = `${path} makes terminals (${found.join(', ')}), and the service has none of its own`;
  const help = 'write terminals: true, and "@terminal" in seccomp.rules, if it needs them';
  report('terminals-none', 'run.0', message, help, { severity: 'note' });
}
