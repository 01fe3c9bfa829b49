import { signalSet } from '../kernel/signals.ts';
import type { Policy } from '../policy/policy.ts';
import type { PlanBuilder } from './builder.ts';
import { data, equal, slot, text, value } from './builder.ts';
import { type Contract, type GatedContract, programPath } from './contract.ts';
import { structData } from './data.ts';
import type { Operand } from './step.ts';
import { environmentOf, INHERITED_PEER } from './steps/environment.ts';
import { restrictSelf } from './steps/landlock.ts';
import { limitSession } from './steps/limits.ts';
import { loadFilter } from './steps/load-filter.ts';
import { PAGE_ZERO_PATH } from './steps/page-zero.ts';
import { unblockSignals } from './steps/reset.ts';

export const CONNECTION = 'connection';
export const LOG = 'log';

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
  switch (policy.stderr) {
    case 'log':
      builder.call('dup3', [slot(LOG), 2, 0], {
        why: 'standard error is the log, not the client',
        source: stderr,
        expect: equal(2),
      });
      break;
    case 'socket':
      builder.call('dup3', [socket, 2, 0], {
        why: 'standard error goes to the client',
        source: stderr,
        expect: equal(2),
      });
      break;
    case 'null':
      break;
    default:
      policy.stderr satisfies never;
  }
  if (policy.listenFds) {
    builder.call('dup3', [socket, 3, 0], {
      why: 'the listener once more, for LISTEN_FDS',
      source: policy.spans.get('listen-fds'),
      expect: equal(3),
    });
  }
}

export function startProgram(builder: PlanBuilder, contract: Contract): void {
  const { policy } = contract;
  builder.verb({
    verb: 'exec',
    path: execPath(contract),
    argv: policy.run,
    why:
      policy.exec === 'once'
        ? 'the service; no other program after it'
        : 'the service, which may start programs',
    source: policy.spans.get('run'),
  });
}

/** Returns the operand for the path of the exec: the one address that the filter allows, or any. */
function execPath(contract: Contract): Operand {
  const path = programPath(contract);
  switch (contract.guard.kind) {
    case 'page-zero':
      return value(PAGE_ZERO_PATH, `page 0: ${JSON.stringify(path)}`);
    case 'notification':
    case 'none':
      return text(path);
  }
}

/** The third phase, in each session: everything else was done once. */
export function planSession(builder: PlanBuilder, contract: GatedContract): void {
  const { policy, facts, programs, shape, caller } = contract;
  const isWrapped = shape === 'wrap';
  builder.enter('session', ['session']);
  builder.verb({
    verb: 'env',
    variables: isWrapped
      ? [...environmentOf(policy, caller), ...INHERITED_PEER]
      : environmentOf(policy, caller),
    why: 'the environment: nothing is inherited',
    source: policy.spans.get('environment'),
  });
  if (!isWrapped)
    builder.call('setpgid', [0, 0], { why: 'a process group, so that the session can be ended whole' });
  unblockSignals(builder);
  if (isWrapped) keepInherited(builder, policy);
  else handOver(builder, policy);
  if (facts.landlockAbi > 0) restrictSelf(builder, policy);
  const first = policy.listenFds ? 4 : 3;
  builder.call('close_range', [first, value(0xffff_ffff, 'the last'), 0], {
    why: 'no other descriptor reaches the service',
  });
  limitSession(builder, policy, facts);
  if (programs.session !== undefined)
    loadFilter(builder, programs.session, {
      why: 'the rest of the policy: the calls of the gate are denied',
      source: policy.spans.get('seccomp'),
    });
  startProgram(builder, contract);
}

/** Opens the descriptors that the gate polls while it serves, before its filter forbids every open. */
export function openWatchers(builder: PlanBuilder): void {
  const childSignal = structData([[8, signalSet(['SIGCHLD'])]]);
  builder.call('epoll_create1', ['EPOLL_CLOEXEC'], {
    why: 'the events that the gate waits for',
    expect: { kind: 'not-negative' },
    store: 'epoll',
  });
  builder.call('signalfd4', [value(-1, '-1'), data(childSignal, 'SIGCHLD'), 8, 'SFD_CLOEXEC|SFD_NONBLOCK'], {
    why: 'a hint that a session has ended',
    expect: { kind: 'not-negative' },
    store: 'child',
  });
}
