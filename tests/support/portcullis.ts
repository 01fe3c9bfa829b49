import { spawn } from 'node:child_process';
import { type Finished, finished } from './finished.ts';

/** The command line, as it was built. */
export const PROGRAM: string = new URL('../../dist/portcullis.js', import.meta.url).pathname;

/** Runs a command of portcullis to its end. */
export function portcullis(
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly uid?: number } = {},
): Promise<Finished> {
  const identity = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid };
  const env = options.env ?? { PATH: process.env['PATH'] ?? '/usr/bin:/bin' };
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
    ...identity,
  });
  return finished(child);
}
