import { PROCESSES } from './holdings.ts';
import type { Sample } from './soaked-service.ts';

/** Something that may not grow, and how much it did. */
export interface Growth {
  readonly what: string;
  readonly before: number;
  readonly after: number;
  /** More than this is a leak. */
  readonly tolerance: number;
}

const PAGE = 4096;

/** Half a byte for each connection, in whole pages: a byte that each of them leaves behind is more. */
export function tolerance(connections: number): number {
  return Math.floor(connections / 2 / PAGE) * PAGE;
}

/** V8 keeps a little more at one time than at another, whatever a program does. */
const UNEVEN_BYTES = 64 * 1024;

/** The same for what is alive in the supervisor. */
export function aliveTolerance(connections: number): number {
  return Math.max(UNEVEN_BYTES, tolerance(connections));
}

/** Samples at each end whose least is taken for what is alive. */
const ENDS = 3;

function leastAlive(samples: readonly Sample[]): number {
  return Math.min(...samples.map(({ alive }) => alive));
}

/**
 * All that is judged, of samples at even distances with so many connections between the first and the last one. Pss is
 * not judged: it changes with what other programs of the host have open.
 */
export function growthOf(samples: readonly Sample[], connections: number): readonly Growth[] {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) throw new Error('expected samples, found none');
  const memory = PROCESSES.slice(1).map(
    (process): Growth => ({
      what: `${process}: bytes resident`,
      before: of(first, process).rss,
      after: of(last, process).rss,
      tolerance: tolerance(connections),
    }),
  );
  const descriptors = PROCESSES.map(
    (process): Growth => ({
      what: `${process}: descriptors`,
      before: of(first, process).descriptors,
      after: of(last, process).descriptors,
      tolerance: 0,
    }),
  );
  return [
    {
      what: 'supervisor: bytes alive',
      before: leastAlive(samples.slice(0, ENDS)),
      after: leastAlive(samples.slice(-ENDS)),
      tolerance: aliveTolerance(connections),
    },
    ...memory,
    ...descriptors,
    { what: 'sockets', before: first.sockets, after: last.sockets, tolerance: 0 },
    { what: 'processes', before: first.count, after: last.count, tolerance: 0 },
  ];
}

function of({ processes }: Sample, wanted: string) {
  const found = processes.find(({ process }) => process === wanted);
  if (found === undefined) throw new Error(`the service has no ${wanted}`);
  return found;
}

export function isLeak({ before, after, tolerance }: Growth): boolean {
  return after - before > tolerance;
}
