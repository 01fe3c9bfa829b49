import type { PlanBuilder } from './builder.ts';
import type { ExecGuard } from './filters/gate-filter.ts';
import type { PlanInput } from './plan-input.ts';
import { CONNECTION, LOG } from './session.ts';
import { BACKLOG, listenerSlot } from './steps/sockets.ts';

/** The step in which the inner gate stays: it accepts connections and forks sessions, within the limits of the policy. */
export function serve(builder: PlanBuilder, input: PlanInput, guard: ExecGuard): void {
  const { policy, shape = 'serve' } = input;
  const { limits } = policy;
  const inherited = shape === 'wrap';
  builder.enter('confine', ['inner']);
  // A service that accepts for itself runs as long as it likes, unless the policy says how long.
  const timed = (policy.handoff === 'connection' && !inherited) || policy.spans.has('limits.time');
  builder.verb({
    verb: 'serve',
    handoff: inherited ? 'inherited' : policy.handoff,
    listeners: policy.listen.map((_, index) => listenerSlot(index)),
    backlog: BACKLOG,
    sessions: policy.handoff === 'listener' || inherited ? 1 : limits.sessions,
    perSource: limits.perSource ?? Math.max(1, Math.floor(limits.sessions / 4)),
    loopbackExempt: limits.perSource === undefined,
    timeMs: timed ? limits.timeMs : undefined,
    drainMs: limits.drainMs,
    epoll: 'epoll',
    childSignal: 'child',
    connection: inherited ? undefined : CONNECTION,
    log: policy.stderr === 'log' && !inherited ? LOG : undefined,
    notify: guard === 'notification' ? 'notify' : undefined,
    localAddress: policy.handoff === 'connection',
    why: 'accept, fork, reap; each connection runs what follows',
    source: policy.spans.get('limits'),
  });
}
