/**
 * The clocks of the host and of the caller. By other numbers a timer measures another process, or a device that is open.
 * Source: pid_for_clock in kernel/time/posix-cpu-timers.c.
 */
const OWN_CLOCKS = [
  ...['CLOCK_REALTIME', 'CLOCK_MONOTONIC', 'CLOCK_PROCESS_CPUTIME_ID', 'CLOCK_THREAD_CPUTIME_ID'],
  ...['CLOCK_BOOTTIME', 'CLOCK_TAI'],
].join(', ');

/**
 * `@time`: clocks, sleeping, alarms and timers. A timer signals its own process, also where it names a thread (good_sigevent in
 * kernel/time/posix-timers.c). adjtimex reads the state of the clock; changing it takes CAP_SYS_TIME.
 */
export const TIME_GROUP: readonly string[] = [
  'adjtimex',
  'alarm',
  'clock_adjtime(which_clock == CLOCK_REALTIME)',
  'clock_getres',
  'clock_gettime',
  'clock_nanosleep',
  'getitimer',
  'gettimeofday',
  'nanosleep',
  'setitimer',
  'time',
  `timer_create(which_clock in {${OWN_CLOCKS}})`,
  'timer_delete',
  'timer_getoverrun',
  'timer_gettime',
  'timer_settime',
  'times',
];
