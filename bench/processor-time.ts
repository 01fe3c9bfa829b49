import { readFileSync } from 'node:fs';

/** The processor time that a process has had, in microseconds: exact, where stat(5) counts clock ticks. */
export function processorTimeUs(pid: number): number {
  const [nanoseconds] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
  return Number(nanoseconds) / 1000;
}
