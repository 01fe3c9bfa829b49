import type { GateEvent } from '../gate-protocol/gate-event.ts';

/** An event of a service: one of its gate's, or the supervisor's own when a gate ends without an event. */
export type ServiceEvent = GateEvent | { readonly event: 'lost' };
