import { hasOwnPids, hasScopedSignals, type RestOfPolicy } from './rest-of-policy.ts';

/** Every call that sends a signal by the number of a process, a thread or a group. Landlock scopes each (security/landlock/task.c). */
export const SIGNAL_CALLS: readonly string[] = [
  'kill',
  'rt_sigqueueinfo',
  'rt_tgsigqueueinfo',
  'tgkill',
  'tkill',
];

/** A runtime names its own thread by two numbers: Go stops goroutines by it, and glibc raises signals. */
const TO_THREADS: readonly string[] = ['getpid', 'gettid', 'rt_tgsigqueueinfo', 'tgkill', 'tkill'];

const WITH_SCOPED_SIGNALS: Readonly<Record<string, readonly string[]>> = {
  '@threads': TO_THREADS,
  '@signal-self': ['getpid', 'gettid', ...SIGNAL_CALLS],
  '@node': TO_THREADS,
};

/** Questions about a process or a thread by its number, which runtimes ask about their own threads. */
const SCHEDULING_QUESTIONS: readonly string[] = [
  'sched_getaffinity',
  'sched_getattr',
  'sched_getparam',
  'sched_getscheduler',
  'sched_rr_get_interval',
];

const WITH_OWN_PIDS: Readonly<Record<string, readonly string[]>> = {
  '@threads': SCHEDULING_QUESTIONS,
  '@identity': SCHEDULING_QUESTIONS,
  '@node': SCHEDULING_QUESTIONS,
};

/** Returns the rules that a group has in addition, within this policy. */
export function rulesWithNumbers(group: string, rest: RestOfPolicy): readonly string[] {
  return [
    ...((hasOwnPids(rest) && WITH_OWN_PIDS[group]) || []),
    ...((hasScopedSignals(rest) && WITH_SCOPED_SIGNALS[group]) || []),
  ];
}

/** Returns the signals that a group has where Landlock is required, and lacks elsewhere. */
export function scopedSignalsOf(group: string): readonly string[] {
  return (WITH_SCOPED_SIGNALS[group] ?? []).filter((call) => SIGNAL_CALLS.includes(call));
}
