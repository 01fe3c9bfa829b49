import type { GateEvent } from '../gate-protocol/gate-event.ts';

/** What is reported of a service: what its gate says, and what the supervisor says when a gate ends without a word. */
export type ServiceEvent = GateEvent | { readonly event: 'lost' };
