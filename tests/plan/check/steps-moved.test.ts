import { expect, test } from 'vitest';
import { checkPlan } from '../../../src/plan/check/check-plan.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { stepText } from '../../../src/plan/print.ts';
import type { Step } from '../../../src/plan/step.ts';
import { distinctSteps, moved } from '../support/edit-plan.ts';
import { SAMPLE_PLANS } from '../support/sample-plans.ts';

/** Steps that may be the first of their phase, by how their text begins, each with the reason. */
const FIRST: Readonly<Record<string, string>> = {
  'capset(caller, effective': 'less is effective from then on than the caller has',
  'chdir("/") = 0': 'nothing after it has a relative path',
  'close_range(4, 5, 0)': 'nothing is open there that a later step needs',
  'dup3(2, 8, O_CLOEXEC)': 'nothing has changed descriptor 2 before',
  'dup3(connection, ': 'a session has its connection from its beginning',
  'dup3(log, 2, 0)': 'a session has its log from its beginning',
  'dup3(null, ': '/dev/null is open by then',
  'env ': 'the environment counts at the exec',
  'fcntl(15, F_SETFD': 'the launcher has opened it, and nothing is done with it before the exec',
  'fcntl(events, F_SETFL': 'the gate has its pipes from its beginning',
  get: 'who the caller is does not change before the namespace',
  'ioprio_set(': 'every caller may',
  'keyctl(': 'every caller may',
  'landlock_restrict_self(': 'what follows writes to no file',
  'personality(': 'every caller may',
  'prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL': 'nothing raises an ambient capability before the grants',
  'prctl(PR_SET_KEEPCAPS': 'it counts when the user changes',
  'prctl(PR_SET_NO_NEW_PRIVS': 'it counts at the exec, and no step before needs one',
  'prctl(PR_SET_TIMERSLACK': 'every caller may',
  'prlimit64(0, RLIMIT_': 'no step before needs more than the limits',
  'rt_sigaction(': 'every caller may',
  'rt_sigprocmask(': 'every caller may',
  'sched_setaffinity(': 'every caller may',
  'sched_setscheduler(0, SCHED_NORMAL|SCHED_RESET_ON_FORK, priority 0) = 0 or -EPERM': 'every caller may',
  'setpgid(0, 0)': 'every session may',
  'setreuid(0, 0) = -EPERM': 'nothing changes the user before',
  'setsid()': 'the gate is no leader of a group',
  'setsockopt(0, SOL_SOCKET, SO_PASSRIGHTS': 'nothing has changed descriptor 0 before',
  'umask(077) >= 0': 'no step makes a file',
};

/** The same for the last. */
const LAST: Readonly<Record<string, string>> = {
  'close(': 'the descriptor is in the way of none, and what follows closes it for the service',
  'dup3(null, 0, 0)': 'no step reads or writes the standard descriptors',
  'dup3(signals, 9, O_CLOEXEC)': 'a signal waits in the descriptor',
  'fcntl(': 'no step writes to the descriptor',
  'ioprio_set(': 'it needs no privilege',
  'getsockopt(listener': 'the size that it reads back does not change',
  'listen(': 'the socket stays in the network in which it was made',
  'personality(': 'it needs no privilege',
  'prctl(PR_SET_TIMERSLACK': 'it needs no privilege',
  'prlimit64(0, RLIMIT_NOFILE, NULL': 'the limit stays as it was set',
  'rt_sigaction(': 'signals are for the steps that follow the split',
  'rt_sigprocmask(': 'signals are for the steps that follow the split',
  'sched_setaffinity(': 'it needs no privilege',
  'sched_setparam(': 'the class that it reads back does not change',
  'seccomp(': 'the steps between are of the other gate',
  'statfs(': 'the mount that it reads back does not change',
  'setsid()': 'the terminal is for what follows the split',
};

const used = new Set<string>();

function isFree(text: string, reasons: Readonly<Record<string, string>>): boolean {
  const beginning = Object.keys(reasons).find((words) => text.startsWith(words));
  if (beginning !== undefined) used.add(beginning);
  return beginning !== undefined;
}

/** The numbers of the first and the last step of a phase. */
function boundsOf(plan: Plan, { phase }: Step): readonly [first: number, last: number] {
  const numbers = plan.steps.flatMap((step, number) => (step.phase === phase ? [number] : []));
  return [numbers[0] ?? 0, numbers.at(-1) ?? 0];
}

/** A step that several plans have in common is tried in the first. */
const tried = new Set<string>();

test.each(SAMPLE_PLANS)('no step of the plan of %s stands elsewhere unnoticed', (_, plan) => {
  const passed = distinctSteps(plan).flatMap((number) => {
    const step = plan.steps[number];
    if (step === undefined) return [];
    const text = stepText(step);
    const key = `${plan.shape} ${step.phase} ${step.roles.join()} ${text}`;
    if (tried.has(key)) return [];
    tried.add(key);
    const passes = (place: number): boolean =>
      place !== number && checkPlan(moved(plan, number, place)).length === 0;
    const [first, last] = boundsOf(plan, step);
    return [
      ...(passes(first) && !isFree(text, FIRST) ? [`${text} as the first of ${step.phase}`] : []),
      ...(passes(last) && !isFree(text, LAST) ? [`${text} as the last of ${step.phase}`] : []),
      ...[0, plan.steps.length - 1]
        .filter((place) => place !== first && place !== last && passes(place))
        .map((place) => `${text} as step ${place}`),
    ];
  });
  expect(passed).toEqual([]);
});

test('each reason is one that a plan needs', () => {
  expect([...Object.keys(FIRST), ...Object.keys(LAST)].filter((beginning) => !used.has(beginning))).toEqual(
    [],
  );
});
