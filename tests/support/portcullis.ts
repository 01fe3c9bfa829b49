import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type Finished, finished } from './finished.ts';

/** What a package of the built program has, where every user may enter: see public-copy.ts. */
export const PACKAGE: string = inject('publicCopy');

/** The command line, as it was built. */
export const PROGRAM: string = join(PACKAGE, 'dist/portcullis.js');

/** The Node of these tests, where every user may start it. */
export const NODE: string = inject('publicNode');

/** Runs a command of portcullis to its end. */
export function portcullis(
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly uid?: number } = {},
): Promise<Finished> {
  const identity = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid };
  const env = options.env ?? { PATH: process.env['PATH'] ?? '/usr/bin:/bin' };
  const child = spawn(NODE, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
    ...identity,
  });
  return finished(child);
}
