import { data, equal, NOT_NEGATIVE, slot, text } from '../../builder.ts';
import { structData } from '../../data.ts';
import { isMetBy } from '../../need.ts';
import { PRIORITY_NEED } from '../../steps/reset.ts';
import type { CallEffect, EffectsOf } from '../call-effect.ts';

const PREPARED = { phase: 'prepare', roles: ['outer'] } as const;
const TIMER_SLACK = 50_000;
/** 8192 processors, more than a kernel is built for. */
const PROCESSOR_WORDS = 128;

/** Priorities and processors of the caller go back to those of a login. */
export const schedulingEffects: EffectsOf = ({ shape, facts }) => {
  if (shape === 'direct') return [];
  const mayRaise = isMetBy(facts.permitted, PRIORITY_NEED);
  const processors = structData(
    Array.from({ length: PROCESSOR_WORDS }, () => [8, 0xffff_ffff_ffff_ffffn] as const),
  );
  const nice: CallEffect = {
    ...PREPARED,
    call: 'setpriority',
    operands: ['PRIO_PROCESS', 0, 0],
    tolerate: ['EACCES'],
    deed: 'nice is 0',
    needs: mayRaise ? PRIORITY_NEED : undefined,
  };
  return [
    ...(facts.oomScoreAdj < 0 ? unprotected : []),
    {
      ...PREPARED,
      call: 'sched_setscheduler',
      operands: [0, 'SCHED_NORMAL|SCHED_RESET_ON_FORK', data(structData([[4, 0]]), '')],
      // Without the privilege a class that has nothing to spare, SCHED_IDLE, cannot be left.
      tolerate: mayRaise ? [] : ['EPERM'],
      deed: 'class is normal',
      needs: mayRaise ? PRIORITY_NEED : undefined,
    },
    {
      ...PREPARED,
      call: 'sched_setparam',
      operands: [0, data(structData([[4, 0]]), '')],
      deed: 'class read',
      after: ['class is normal'],
    },
    ...(facts.nice <= 0 || mayRaise ? [nice] : []),
    {
      ...PREPARED,
      call: 'ioprio_set',
      operands: ['IOPRIO_WHO_PROCESS', 0, 0],
      deed: 'input and output are normal',
    },
    {
      ...PREPARED,
      call: 'prctl',
      operands: ['PR_SET_TIMERSLACK', TIMER_SLACK, 0, 0, 0],
      deed: 'timers are normal',
    },
    {
      ...PREPARED,
      call: 'personality',
      operands: ['PER_LINUX'],
      expect: NOT_NEGATIVE,
      deed: 'domain is Linux',
    },
    {
      ...PREPARED,
      call: 'sched_setaffinity',
      operands: [0, processors.bytes.length, data(processors, '')],
      deed: 'processors are all',
    },
  ];
};

const unprotected: readonly CallEffect[] = [
  {
    ...PREPARED,
    call: 'openat',
    operands: ['AT_FDCWD', text('/proc/self/oom_score_adj'), 'O_WRONLY|O_CLOEXEC', 0],
    expect: NOT_NEGATIVE,
    store: 'oom',
    deed: 'protection is open',
  },
  {
    ...PREPARED,
    call: 'write',
    operands: [slot('oom'), text('0'), 1],
    expect: equal(1),
    tolerate: ['EACCES'],
    deed: 'protection is gone',
  },
  {
    ...PREPARED,
    call: 'close',
    operands: [slot('oom')],
    deed: 'protection is closed',
    after: ['protection is gone'],
  },
];
