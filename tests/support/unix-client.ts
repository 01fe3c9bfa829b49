import { spawn } from 'node:child_process';
import { type Finished, finished } from './finished.ts';

/** Says something to a UNIX socket as socat names it, `UNIX-CONNECT:/path`, and takes the answer to its end; as a user with groups. */
export function socat(
  address: string,
  options: { readonly say?: string; readonly uid?: number; readonly groups?: readonly number[] } = {},
): Promise<Finished> {
  const { say = '', uid = 0, groups = [] } = options;
  const as = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`];
  const grouped = groups.length === 0 ? ['--clear-groups'] : [`--groups=${groups.join()}`];
  const command = [...as, ...grouped, 'socat', '-t', '20', '-', address].map((word) => `'${word}'`).join(' ');
  return finished(
    spawn('sh', ['-c', `printf '%s' '${say}' | ${command}`], { stdio: ['ignore', 'pipe', 'pipe'] }),
  );
}

/** The variables that a session of env(1) tells. */
export function variablesIn(text: string): Readonly<Record<string, string>> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('PATH='));
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
}
