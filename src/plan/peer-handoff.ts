import type { Diagnostic } from '../policy/diagnostic.ts';
import type { PlanInput } from './plan-input.ts';

/** Refuses `handoff: peer` before the launch: the gate has no relay of datagrams. */
export function peerHandoffProblems({ policy }: PlanInput): readonly Diagnostic[] {
  if (policy.handoff !== 'peer') return [];
  const message = 'this gate has no relay of datagrams, so it starts no session for a peer';
  const help = 'write handoff: listener, and answer every peer in the service';
  return [{ code: 'peer-not-served', severity: 'error', message, span: policy.spans.get('handoff'), help }];
}
