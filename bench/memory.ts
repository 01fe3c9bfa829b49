import { readdirSync, readFileSync } from 'node:fs';

/** The resident memory of one process of a server that waits for connections, in KiB. */
export interface ProcessMemory {
  readonly process: string;
  readonly rssKb: number;
  /** With each shared page divided by the number of its users. */
  readonly pssKb: number;
}

/** The pids of this process and of everything below it, parents first. */
export function tree(root: number): readonly number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        return [{ pid: Number(name), parent: Number(fields[1]) }];
      } catch {
        return [];
      }
    });
  const below = (pid: number): readonly number[] => [
    pid,
    ...parents.filter(({ parent }) => parent === pid).flatMap((child) => below(child.pid)),
  ];
  return below(root);
}

function kilobytes(text: string, key: string): number {
  const [, found] = new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(text) ?? [];
  if (found === undefined) throw new Error(`smaps_rollup has no line ${key}`);
  return Number(found);
}

/** The processes of the gate by their place in its tree; of others by their name. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  gate: ['supervisor', 'outer gate', 'inner gate'],
  'gate-built': ['outer gate', 'inner gate'],
};

/** A session of the service that has not gone yet; its memory is not the server's. */
class Busy extends Error {}

function look(server: string, pid: number): readonly ProcessMemory[] {
  return tree(pid).map((process, index) => {
    try {
      const name = readFileSync(`/proc/${process}/comm`, 'utf8').trim();
      if (name === 'service') throw new Busy();
      const text = readFileSync(`/proc/${process}/smaps_rollup`, 'utf8');
      return {
        process: PLACES[server]?.[index] ?? name,
        rssKb: kilobytes(text, 'Rss'),
        pssKb: kilobytes(text, 'Pss'),
      };
    } catch {
      throw new Busy(`${server}: its sessions do not end`);
    }
  });
}

/** The memory of a server, as soon as the sessions that it was asked for have ended. */
export async function idleMemory(server: string, pid: number): Promise<readonly ProcessMemory[]> {
  const deadline = performance.now() + 5000;
  for (;;) {
    try {
      return look(server, pid);
    } catch (error) {
      if (!(error instanceof Busy) || performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
