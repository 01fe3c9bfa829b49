import { readdirSync, readFileSync } from 'node:fs';
import { tree } from '../memory.ts';

/** The processes of `portcullis run`, parents first. */
export const PROCESSES = ['supervisor', 'outer gate', 'inner gate'] as const;

/** Memory and descriptors of one process, as the kernel counts them. */
export interface ProcessHoldings {
  readonly process: string;
  /** Bytes of memory that are there, and the same with each shared page divided by the number of its users. */
  readonly rss: number;
  readonly pss: number;
  readonly descriptors: number;
}

/** All that a service has between two connections. */
export interface Holdings {
  readonly processes: readonly ProcessHoldings[];
  /** All processes, also those that have ended and are not reaped. */
  readonly count: number;
  /** Sockets of the network that only the service and its clients are in. */
  readonly sockets: number;
}

function bytes(text: string, key: string): number {
  const [, found] = new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(text) ?? [];
  if (found === undefined) throw new Error(`smaps_rollup has no line ${key}`);
  return 1024 * Number(found);
}

function look(pid: number, index: number): ProcessHoldings {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return {
    process: PROCESSES[index] ?? `another process, ${pid}`,
    rss: bytes(rollup, 'Rss'),
    pss: bytes(rollup, 'Pss'),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** The sockets of the network namespace of a process. Source: `/proc/net/sockstat` in proc_pid_net(5). */
function sockets(pid: number): number {
  return Number(/^sockets: used (\d+)$/m.exec(readFileSync(`/proc/${pid}/net/sockstat`, 'utf8'))?.[1]);
}

export function processCount(pid: number): number {
  return tree(pid).length;
}

/** All that the service of this process has now. */
export function holdingsOf(pid: number): Holdings {
  const processes = tree(pid);
  return {
    processes: processes.slice(0, PROCESSES.length).map(look),
    count: processes.length,
    sockets: sockets(pid),
  };
}
