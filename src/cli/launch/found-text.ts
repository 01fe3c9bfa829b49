import type { GateEvent } from '../../gate-protocol/gate-event.ts';
import type { PassedDescriptor } from '../../gate-protocol/start-gate.ts';
import { socketAddressOf } from '../../host/socket-address.ts';
import { inheritedListeners } from '../../plan/inherited.ts';
import type { CallStep, Step } from '../../plan/step.ts';
import { listenerSlot } from '../../plan/steps/listener.ts';
import type { Policy } from '../../policy/policy.ts';

type FailedEvent = Extract<GateEvent, { event: 'failed' }>;

/** Says which value a check of a step finds, and the one it asks for; nothing where the answer itself is wrong. */
export function foundText(
  { check, found }: FailedEvent,
  step: Step | undefined,
  policy: Policy,
  passed: readonly PassedDescriptor[],
): string {
  if (check === undefined || found === undefined || step?.verb !== 'call') return '';
  const failed = step.checks[check - 1];
  const operand = step.operands.find((one) => one.kind === 'data' && one.data === failed?.data);
  if (failed === undefined || operand === undefined) return '';
  const address = addressOf(step, policy, passed);
  if (address !== undefined) return `; it finds ${address}`;
  const wanted = String(failed.equals);
  return `; it finds ${BigInt(found)}, expected ${wanted}${operand.text === wanted ? '' : ` (${operand.text})`}`;
}

/** The address of a socket that is passed, which this process still has. */
function addressOf(step: CallStep, policy: Policy, passed: readonly PassedDescriptor[]): string | undefined {
  if (step.call !== 'getsockname') return undefined;
  const [socket] = step.operands;
  const at = inheritedListeners(policy).findIndex(
    ({ index }) => socket?.kind === 'slot' && socket.slot === listenerSlot(index),
  );
  const descriptor = passed[at]?.from;
  return descriptor === undefined ? undefined : socketAddressOf(descriptor);
}
