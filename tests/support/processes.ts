import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What /proc says about one process. */
export interface ProcessState {
  readonly pid: number;
  readonly parent: number;
  readonly program: string;
  /** The lines of /proc/PID/status by their names. */
  readonly status: ReadonlyMap<string, string>;
  /** Descriptor numbers with what they lead to. */
  readonly descriptors: ReadonlyMap<number, string>;
  /** Links of /proc/PID/ns by their names. */
  readonly namespaces: ReadonlyMap<string, string>;
}

function linksIn(directory: string): readonly (readonly [string, string])[] {
  return readdirSync(directory).flatMap((name) => {
    try {
      return [[name, readlinkSync(`${directory}/${name}`)] as const];
    } catch {
      return [];
    }
  });
}

/** `undefined` when the process is gone, or was not to be looked into. */
export function readProcess(pid: number): ProcessState | undefined {
  const path = `/proc/${pid}`;
  try {
    const lines = readFileSync(`${path}/status`, 'utf8').trimEnd().split('\n');
    const status = new Map(
      lines.map(
        (line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const,
      ),
    );
    return {
      pid,
      parent: Number(status.get('PPid')),
      program: readlinkSync(`${path}/exe`),
      status,
      descriptors: new Map(linksIn(`${path}/fd`).map(([name, target]) => [Number(name), target])),
      namespaces: new Map(linksIn(`${path}/ns`)),
    };
  } catch {
    return undefined;
  }
}

function allProcesses(): readonly ProcessState[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

/** Every process that runs this program. */
export function processesOf(program: string): readonly ProcessState[] {
  return allProcesses().filter((process) => process.program === program);
}

/** A process and all that descend from it, the elder first. */
export function processTree(pid: number): readonly ProcessState[] {
  const all = allProcesses();
  const family = all.filter((process) => process.pid === pid);
  for (const process of family) family.push(...all.filter(({ parent }) => parent === process.pid));
  return family;
}
