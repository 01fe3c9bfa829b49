import type { Policy } from '../policy/policy.ts';
import type { Program } from '../seccomp/index.ts';
import type { PlanBuilder } from './builder.ts';
import { data, equal, slot, text, value } from './builder.ts';
import { structData } from './data.ts';
import type { HostFacts } from './facts.ts';
import type { ExecGuard } from './filters/gate-filter.ts';
import type { PlanShape } from './plan.ts';
import { environmentOf, INHERITED_PEER } from './steps/environment.ts';
import { restrictSelf } from './steps/landlock.ts';
import { limitSession } from './steps/limits.ts';
import { loadFilter } from './steps/load-filter.ts';
import { PAGE_ZERO_PATH } from './steps/page-zero.ts';
import { unblockSignals } from './steps/reset.ts';

export const CONNECTION = 'connection';
export const LOG = 'log';

/** What each connection costs: everything else was done once. */
export interface SessionInput {
  readonly policy: Policy;
  readonly facts: HostFacts;
  /** `undefined`: the gate's filter is the policy already. */
  readonly second: Program | undefined;
  readonly guard: ExecGuard;
  readonly landlock: boolean;
  readonly shape: PlanShape;
  readonly caller: Readonly<Record<string, string | undefined>>;
}

/** The descriptors are the caller's: only standard error is the policy's affair. */
function keepInherited(builder: PlanBuilder, policy: Policy): void {
  if (policy.stderr !== 'null') return;
  builder.call('dup3', [slot('null'), 2, 0], {
    why: 'standard error is thrown away',
    source: policy.spans.get('stderr'),
    expect: equal(2),
  });
}

function handOver(builder: PlanBuilder, policy: Policy): void {
  const source = policy.spans.get('handoff');
  const socket = slot(CONNECTION);
  builder.call('dup3', [socket, 0, 0], { why: 'the socket is standard input', source, expect: equal(0) });
  builder.call('dup3', [socket, 1, 0], { why: 'and standard output', source, expect: equal(1) });
  const stderr = policy.spans.get('stderr');
  if (policy.stderr === 'log') {
    builder.call('dup3', [slot(LOG), 2, 0], {
      why: 'standard error is the log, not the client',
      source: stderr,
      expect: equal(2),
    });
  } else if (policy.stderr === 'socket') {
    builder.call('dup3', [socket, 2, 0], {
      why: 'standard error goes to the client',
      source: stderr,
      expect: equal(2),
    });
  }
  if (policy.listenFds) {
    builder.call('dup3', [socket, 3, 0], {
      why: 'the listener once more, for LISTEN_FDS',
      source: policy.spans.get('listen-fds'),
      expect: equal(3),
    });
  }
}

/** `path`: what the kernel is given, where that is not the name that the program gets. */
export function startProgram(
  builder: PlanBuilder,
  policy: Policy,
  guard: ExecGuard,
  path: string = policy.run[0],
): void {
  builder.verb({
    verb: 'exec',
    path: guard === 'page-zero' ? value(PAGE_ZERO_PATH, `page 0: ${JSON.stringify(path)}`) : text(path),
    argv: policy.run,
    why:
      policy.exec === 'once'
        ? 'the service; no other program after it'
        : 'the service, which may start programs',
    source: policy.spans.get('run'),
  });
}

export function planSession(builder: PlanBuilder, input: SessionInput): void {
  const { policy, facts, second, guard } = input;
  builder.enter('session', ['session']);
  builder.verb({
    verb: 'env',
    variables:
      input.shape === 'wrap'
        ? [...environmentOf(policy, input.caller), ...INHERITED_PEER]
        : environmentOf(policy, input.caller),
    why: 'the environment: nothing is inherited',
    source: policy.spans.get('environment'),
  });
  if (input.shape !== 'wrap')
    builder.call('setpgid', [0, 0], { why: 'a process group, so that the session can be ended whole' });
  unblockSignals(builder);
  if (input.shape === 'wrap') keepInherited(builder, policy);
  else handOver(builder, policy);
  if (input.landlock) restrictSelf(builder, policy);
  const first = policy.listenFds ? 4 : 3;
  builder.call('close_range', [first, value(0xffff_ffff, 'the last'), 0], {
    why: 'no other descriptor reaches the service',
  });
  limitSession(builder, policy, facts);
  if (second !== undefined)
    loadFilter(builder, second, {
      why: 'the rest of the policy: what the gate itself had to be allowed',
      source: policy.spans.get('seccomp'),
    });
  startProgram(builder, policy, guard);
}

/** What the gate polls while it serves, opened before its filter forbids to open anything. */
export function openWatchers(builder: PlanBuilder): void {
  const childSignal = structData([[8, 1n << 16n]]);
  builder.call('epoll_create1', ['EPOLL_CLOEXEC'], {
    why: 'what the gate waits for',
    expect: { kind: 'not-negative' },
    store: 'epoll',
  });
  builder.call('signalfd4', [value(-1, '-1'), data(childSignal, 'SIGCHLD'), 8, 'SFD_CLOEXEC|SFD_NONBLOCK'], {
    why: 'a hint that a session has ended',
    expect: { kind: 'not-negative' },
    store: 'child',
  });
}
