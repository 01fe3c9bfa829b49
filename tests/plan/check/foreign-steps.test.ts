import { expect, test } from 'vitest';
import { syscallNumber } from '../../../src/kernel/system-calls.ts';
import { slot, text, value } from '../../../src/plan/builder.ts';
import { checkPlan } from '../../../src/plan/check/check-plan.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import type { CallStep, Operand, Step } from '../../../src/plan/step.ts';
import { samplePlan } from '../../support/policy.ts';
import { changed, insertedAfter, numberOf, replacedNumber, stepAt, swapped } from '../support/edit-plan.ts';

const plan = samplePlan();
const chroot = samplePlan({ policy: { root: '/srv/sample' } });
const SYS_ADMIN = 1n << 21n;

function callAt(of: Plan, beginning: string): CallStep {
  const step = stepAt(of, beginning);
  if (step.verb !== 'call') throw new Error(`${beginning} is no call`);
  return step;
}

function withOperand(of: Plan, beginning: string, index: number, operand: Operand): Plan {
  const { operands } = callAt(of, beginning);
  return changed(of, beginning, { operands: operands.map((old, at) => (at === index ? operand : old)) });
}

/** The plan with a step that is no system call changed. */
function otherVerb(of: Plan, verb: string, parts: object): Plan {
  return replacedNumber(of, numberOf(of, verb), { ...stepAt(of, verb), ...parts } as Step);
}

/** A call that no plan makes, behind a step of a plan. */
function foreign(behind: string, call: string, ...numbers: readonly number[]): Plan {
  const like = stepAt(plan, behind);
  const step: CallStep = {
    ...callAt(plan, 'umask'),
    phase: like.phase,
    roles: like.roles,
    call,
    number: syscallNumber(call, plan.architecture) ?? 0,
    operands: numbers.map((number) => value(number, String(number))),
  };
  return insertedAfter(plan, behind, step);
}

/** The gate cannot be traced, and then it can. */
function traceable(): Plan {
  const step = callAt(withOperand(plan, 'prctl(PR_SET_DUMPABLE', 1, value(1, '1')), 'prctl(PR_SET_DUMPABLE');
  return insertedAfter(plan, 'prctl(PR_SET_DUMPABLE', step);
}

test.each<readonly [what: string, invariant: string, broken: Plan]>([
  ['a namespace of somebody else is entered', 'known-step', foreign('umask', 'setns', 3, 0)],
  ['a module is removed', 'known-step', foreign('setpgid', 'delete_module', 0, 0)],
  ['the host gets another name', 'known-step', foreign('socket(', 'sethostname', 0, 0)],
  ['a session binds', 'known-step', insertedAfter(plan, 'setpgid', stepAt(plan, 'bind('))],
  ['the gate may be traced after all', 'known-step', traceable()],
  [
    '/proc has programs that change the user',
    'known-step',
    withOperand(plan, 'mount("proc"', 3, value(12, 'MS_NODEV|MS_NOEXEC')),
  ],
  ['the root is another tree', 'isolation', withOperand(chroot, 'chroot', 0, text('/srv'))],
  [
    'fewer namespaces are made',
    'isolation',
    withOperand(plan, 'unshare', 0, value(0x2000_0000, 'CLONE_NEWPID')),
  ],
  [
    'Landlock says less than it is told',
    'known-step',
    withOperand(plan, 'landlock_restrict_self', 1, value(1, '1')),
  ],
  [
    'the service reads from another descriptor',
    'service',
    withOperand(plan, 'dup3(connection, 0', 0, slot('ruleset')),
  ],
  [
    'a descriptor in the middle is left open',
    'descriptors',
    withOperand(plan, 'close_range(3', 1, value(9, '9')),
  ],
  ['a call has the number of another', 'known-step', changed(plan, 'umask', { number: 0 })],
  [
    'more than the step needs is tolerated',
    'known-step',
    changed(plan, 'setresuid(65534', { tolerate: [{ errno: 1, name: 'EPERM' }] }),
  ],
  [
    'a capability is held that no step needs',
    'least-privilege',
    insertedAfter(plan, 'landlock_create_ruleset', stepAt(plan, 'capset(caller, effective {CAP_SYS_ADMIN}')),
  ],
  ['a socket is made in the empty network', 'step-order', swapped(plan, 'bind(', 'unshare')],
  ['page 0 is used before it is there', 'step-order', swapped(plan, 'enter', 'mmap(0')],
  [
    'a step of a phase comes when it is over',
    'step-order',
    insertedAfter(plan, 'umask', stepAt(plan, 'setsid')),
  ],
  ['a closed descriptor is used', 'slots', swapped(plan, 'close(page', 'mmap(0')],
  ['the gate serves more sessions', 'service', otherVerb(plan, 'serve', { sessions: 65 })],
  ['a session has no end', 'service', otherVerb(plan, 'serve', { timeMs: undefined })],
  ['another program is started', 'service', otherVerb(plan, 'exec', { argv: ['/bin/sh'] })],
  ['another path is executed', 'service', otherVerb(plan, 'exec', { path: value(17, '17') })],
  ['the environment is not the one of the policy', 'service', otherVerb(plan, 'env', { variables: [] })],
  ['the outer gate has another task', 'service', otherVerb(plan, 'split', { outer: 'forward' })],
  ['calls are made from elsewhere', 'service', otherVerb(plan, 'enter', { address: 4096 })],
  [
    'a step is of a process that does not run yet',
    'shape',
    changed(plan, 'umask', { roles: ['outer', 'session'] }),
  ],
  [
    'other capabilities are granted than the policy says',
    'service',
    { ...plan, grants: { root: false, capabilities: SYS_ADMIN } },
  ],
])('a plan is refused in which %s', (_, invariant, broken) => {
  expect(checkPlan(broken).map((problem) => problem.invariant)).toContain(invariant);
});
