import type { Policy } from '../policy/policy.ts';
import { readImports } from './elf/imports.ts';
import { readFrom } from './elf/read-at.ts';
import { walkPath } from './walk-path.ts';

/** Functions of the C library that make a terminal: posix_openpt(3), openpty(3). */
const MAKING = ['posix_openpt', 'getpt', 'openpty', 'forkpty', 'grantpt', 'unlockpt', 'ptsname', 'ptsname_r'];

/** Programs that make terminals, also where they import nothing: an applet of busybox, a static one. */
const MAKERS =
  /(^|\/)(telnetd|in\.telnetd|rlogind|in\.rlogind|dropbear|sshd|script|screen|tmux|expect|ttyd|shellinaboxd)$/;

/** Programs of any purpose, which import these functions for whoever may need them. */
const ANY_PURPOSE = /(^|\/)(busybox|bash|node|nodejs|(python|pypy|perl|php|ruby|tclsh)[0-9.]*)$/;

/** The functions by which a program makes terminals. */
export function terminalFunctions(path: string, imports: ReadonlySet<string>): readonly string[] {
  return ANY_PURPOSE.test(path) ? [] : MAKING.filter((name) => imports.has(name));
}

/** Returns whether the program of a policy is known to make terminals: by its name, or by what it imports. */
export function programMakesTerminals({ run, root }: Pick<Policy, 'run' | 'root'>): boolean {
  if (run.slice(0, 2).some((word) => MAKERS.test(word))) return true;
  const walk = walkPath(run[0], root);
  if (walk.kind === 'missing' || !walk.stat.isFile()) return false;
  try {
    return terminalFunctions(walk.path, readFrom(walk.path, readImports) ?? new Set()).length > 0;
  } catch {
    // A program that this caller may not read tells nothing.
    return false;
  }
}
