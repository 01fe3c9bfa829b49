import { expect } from 'vitest';
import type { Launch, RunEvent } from '../../support/launch.ts';

interface Served {
  readonly running: Launch;
}

/** Stops a service; how its sessions ended. */
async function sessionEnds({ running }: Served): Promise<readonly RunEvent[]> {
  expect(await running.stop()).toBe(0);
  return running.events.filter(({ event }) => event === 'end');
}

/** Stops a service, none of whose sessions was ended by a signal. */
export async function expectNoneKilled(served: Served): Promise<void> {
  const killed = (await sessionEnds(served)).filter(({ signal }) => signal !== undefined);
  expect(killed, served.running.transcript()).toEqual([]);
}

/** Stops a service that has had sessions, all of which ended with this status. */
export async function expectAllEndWith(status: number, served: Served): Promise<void> {
  const statuses = (await sessionEnds(served)).map((end) => end['status']);
  expect(new Set(statuses), served.running.transcript()).toEqual(new Set([status]));
}

/** The end of a session: `denied` when a call of it was, else its signal; `undefined` when it ended by itself. */
export function endOf({ running }: Served, { session, signal_name }: RunEvent): unknown {
  const denied = running.events.some((event) => event.event === 'denied' && event['session'] === session);
  return denied && signal_name === 'SIGKILL' ? 'denied' : signal_name;
}
