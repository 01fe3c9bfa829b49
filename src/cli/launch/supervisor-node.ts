import { openSync, statSync } from 'node:fs';
import { isReachable } from '../../host/reachable.ts';
import { EXIT, ExitError } from '../exit.ts';

const EXECUTE_BY_OTHERS = 0o001;

/** Ends the launch before anything starts where the supervisor's user could not start this Node. */
export function requireNode(): void {
  if ((statSync(process.execPath).mode & EXECUTE_BY_OTHERS) !== 0) return;
  throw new ExitError(
    EXIT.launchFailed,
    `the supervisor is an ordinary user, who may not execute ${process.execPath}; chmod o+x it; nothing was started`,
  );
}

/** A descriptor that leads to this Node, where an ordinary user cannot reach its path. */
export function nodeDescriptor(): number | undefined {
  return isReachable(process.execPath) ? undefined : openSync(process.execPath, 'r');
}
