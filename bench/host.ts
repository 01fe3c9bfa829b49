import { execFileSync } from 'node:child_process';
import { cpus, release } from 'node:os';

/** The facts of a host on which the numbers depend. */
export interface Host {
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly kernel: string;
  readonly libc: string;
  readonly node: string;
}

export function describeHost(): Host {
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    kernel: release(),
    libc: execFileSync('getconf', ['GNU_LIBC_VERSION'], { encoding: 'utf8' }).trim(),
    node: process.versions.node,
  };
}
