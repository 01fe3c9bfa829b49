import type { ReadValues } from './combinations.ts';

/** Longer than the retries of DNS and NTP clients take, and short enough that the sources of a flood are soon forgotten. */
const IDLE_PEER_MS = 60_000;

/**
 * The limit of idleness where a policy names none: a connection has an end, so it may be idle. A peer of datagrams sends
 * none, so its session would stay until its time is up.
 */
export function defaultIdleMs({ handoff }: Pick<ReadValues, 'handoff'>): number | undefined {
  return handoff === 'peer' ? IDLE_PEER_MS : undefined;
}
