import { readFileSync } from 'node:fs';

/** The interfaces of the network namespace of this process, up or down; empty where they cannot be read. */
export function interfaceNames(): readonly string[] {
  try {
    return namesIn(readFileSync('/proc/self/net/dev', 'utf8'));
  } catch {
    return [];
  }
}

/** Two lines of titles, then a line for each interface: `  eth0: 1296 12 ...`. Source: net/core/net-procfs.c. */
function namesIn(text: string): readonly string[] {
  return text
    .split('\n')
    .slice(2)
    .flatMap((line) => /^\s*([^\s:]+):/.exec(line)?.[1] ?? [])
    .sort();
}
