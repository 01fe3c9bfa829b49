import { readdirSync, readFileSync } from 'node:fs';

/** The number of live processes of the service in the world, by /proc/PID/stat, which every user may read. */
export function serviceProcesses(): number {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isService(name)).length;
}

function isService(pid: string): boolean {
  try {
    const [, name, state] = /\((.*)\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return name === 'service' && state !== 'Z';
  } catch {
    return false;
  }
}

export async function pause(ms: number): Promise<void> {
  await new Promise((done) => setTimeout(done, ms));
}

/** Asks every 40 ms until the answer is true; false when the time is over. */
export async function within(ms: number, isTrue: () => boolean): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; await pause(40)) if (isTrue()) return true;
  return isTrue();
}
