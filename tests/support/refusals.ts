import type { Launch, RunEvent } from './launch.ts';

/** The events that sum up what was refused for a reason. */
export function refusalsOf({ events }: Launch, reason: string): readonly RunEvent[] {
  return events.filter((event) => event.event === 'refused' && event['reason'] === reason);
}

/** How many connections they say were refused. */
export function sumOf(refusals: readonly RunEvent[]): number {
  return refusals.reduce((sum, { count }) => sum + Number(count), 0);
}
