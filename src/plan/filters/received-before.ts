import type { Diagnostic } from '../../policy/diagnostic.ts';
import { listenerSpan } from '../../policy/listener-span.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Filter } from '../../seccomp/index.ts';
import { mayCall } from './gate-filter.ts';

const RECEIVING = ['recvmsg', 'recvmmsg'] as const;

/**
 * Reports UNIX sockets that are passed to a service which may receive descriptors, and is not meant to: the kernel asks
 * when they are sent, and a client may have done that before the launch.
 */
export function receivedBefore({ listen, spans }: Policy, filter: Filter): readonly Diagnostic[] {
  const calls = RECEIVING.filter((call) => mayCall(filter, call)).map((call) => `\`${call}\``);
  if (calls.length === 0) return [];
  return listen.flatMap((address, index): readonly Diagnostic[] =>
    address.kind !== 'unix' || address.inherit === undefined || address.receivesDescriptors
      ? []
      : [
          {
            code: 'inherit-descriptors',
            severity: 'error',
            message: `clients may send descriptors to '${address.text}' before the launch refuses them, and ${calls.join(' and ')} would receive them`,
            span: listenerSpan(spans, index, 'inherit'),
            help: 'leave these calls out of the rules, or write receive-descriptors: true beside inherit',
          },
        ],
  );
}
