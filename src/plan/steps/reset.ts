import { constantNumber } from '../../kernel/constants.ts';
import { ALL_SIGNALS, LAST_SIGNAL } from '../../kernel/signals.ts';
import type { PlanBuilder } from '../builder.ts';
import { data, NOT_NEGATIVE, slot, text, value } from '../builder.ts';
import { structData } from '../data.ts';
import type { HostFacts } from '../facts.ts';
import { type CapabilityNeed, isMetBy } from '../need.ts';
import type { HeldPrivilege } from './capabilities.ts';

/** Signals whose disposition cannot be changed. */
const FIXED: readonly number[] = [constantNumber('SIGKILL'), constantNumber('SIGSTOP')];
/** As many processors as the kernel can have, 64 in a word. */
const ALL_PROCESSORS = new Array<readonly [8, bigint]>(128).fill([8, 0xffff_ffff_ffff_ffffn]);

/** Every signal back to its default, as a program may expect that is started fresh; `kept` are left as they are. */
export function resetSignalDispositions(builder: PlanBuilder, kept: readonly number[] = []): void {
  const fresh = structData([
    [8, 0],
    [8, 0],
    [8, 0],
    [8, 0],
  ]);
  for (let signal = 1; signal <= LAST_SIGNAL; signal++) {
    if (FIXED.includes(signal) || kept.includes(signal)) continue;
    builder.call('rt_sigaction', [signal, data(fresh, 'SIG_DFL'), value(0, 'NULL'), 8], {
      why: 'no signal stays ignored that the launcher ignored',
    });
  }
}

/** Signals are no way to give the gate orders. */
export function blockSignals(builder: PlanBuilder): void {
  builder.call(
    'rt_sigprocmask',
    ['SIG_SETMASK', data(structData([[8, ALL_SIGNALS]]), 'all'), value(0, 'NULL'), 8],
    {
      why: 'the gate takes orders only from its control pipe',
    },
  );
}

export function unblockSignals(builder: PlanBuilder): void {
  builder.call('rt_sigprocmask', ['SIG_SETMASK', data(structData([[8, 0]]), 'none'), value(0, 'NULL'), 8], {
    why: 'the service starts with no signal blocked',
  });
}

/** Only raising a priority takes it. */
export const PRIORITY_NEED: CapabilityNeed = {
  capability: 'CAP_SYS_NICE',
  to: 'to give up a priority',
  does: 'sets priorities',
  without: 'tolerated',
  instead: 'none is needed for a policy that sets none',
  fromHost: true,
};

/**
 * Priorities that the launcher may have been started with. Lowering them needs no privilege; raising needs
 * CAP_SYS_NICE.
 */
export function resetScheduling(builder: PlanBuilder, held: HeldPrivilege, facts: HostFacts): void {
  if (facts.oomScoreAdj < 0) {
    const why = 'no protection from the out-of-memory killer is inherited';
    builder.call('openat', ['AT_FDCWD', text('/proc/self/oom_score_adj'), 'O_WRONLY|O_CLOEXEC', 0], {
      why,
      expect: NOT_NEGATIVE,
      store: 'oom',
    });
    builder.call('write', [slot('oom'), text('0'), 1], {
      why,
      expect: { kind: 'equal', value: 1n },
      // Lowering what was raised needs CAP_SYS_RESOURCE; then there was no protection.
      tolerate: ['EACCES'],
    });
    builder.call('close', [slot('oom')], { why });
  }
  held.hold(PRIORITY_NEED);
  // A caller that has been made less important cannot undo it without CAP_SYS_NICE, and gains nothing by it.
  const mayRaise = isMetBy(facts.permitted, PRIORITY_NEED);
  const priority = data(structData([[4, 0]]), 'priority 0');
  // With the flag a class that has it can be left without privilege; the gate that accepts is forked without it.
  builder.call('sched_setscheduler', [0, 'SCHED_NORMAL|SCHED_RESET_ON_FORK', priority], {
    why: mayRaise ? 'no real-time class is inherited' : 'no class is inherited but SCHED_IDLE',
    tolerate: mayRaise ? [] : ['EPERM'],
  });
  // EINVAL in a real-time class, whose priorities begin with 1, and in the deadline class.
  builder.call('sched_setparam', [0, priority], { why: 'read back: the class is not a real-time one' });
  if (facts.nice <= 0 || mayRaise) {
    builder.call('setpriority', ['PRIO_PROCESS', 0, 0], {
      why: 'no nice value is inherited',
      tolerate: ['EACCES'],
    });
  }
  builder.call('ioprio_set', ['IOPRIO_WHO_PROCESS', 0, 0], { why: 'no I/O priority is inherited' });
  builder.call('prctl', ['PR_SET_TIMERSLACK', 50_000, 0, 0, 0], {
    why: 'timers as exact as the kernel has them',
  });
  builder.call('personality', ['PER_LINUX'], {
    why: 'no execution domain is inherited',
    expect: NOT_NEGATIVE,
  });
  const processors = structData(ALL_PROCESSORS);
  builder.call('sched_setaffinity', [0, processors.bytes.length, data(processors, 'all processors')], {
    why: 'no affinity is inherited',
  });
}

/** Joins a new session keyring: an inherited one gives any uid access to the caller's keys. */
export function resetKeyring(builder: PlanBuilder): void {
  builder.call('keyctl', ['KEYCTL_JOIN_SESSION_KEYRING', value(0, 'NULL'), 0, 0, 0], {
    why: "an empty session keyring, not the caller's",
    expect: NOT_NEGATIVE,
    // A kernel without keyrings has none to leak.
    tolerate: ['ENOSYS'],
  });
}
