import { describe, expect, test } from 'vitest';
import { data, equal, text, value } from '../../../src/plan/builder.ts';
import { checkPlan } from '../../../src/plan/check/check-plan.ts';
import { emptyData } from '../../../src/plan/data.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import type { CallStep, Operand } from '../../../src/plan/step.ts';
import { capabilityData } from '../../../src/plan/steps/capabilities.ts';
import { HIGH_PORT, NOBODY, ORDINARY, type SampleOptions, samplePlan } from '../../support/policy.ts';
import {
  changed,
  insertedAfter,
  numberOf,
  stepAt,
  swapped,
  without,
  withoutNumber,
} from '../support/edit-plan.ts';

const UNPRIVILEGED: SampleOptions = { policy: { listen: [HIGH_PORT] }, facts: ORDINARY, unprivileged: true };

function invariants(plan: Plan): readonly string[] {
  return [...new Set(checkPlan(plan).map(({ invariant }) => invariant))];
}

const plan = samplePlan();
const chroot = samplePlan({ policy: { root: '/srv/sample' } });
const granting = samplePlan({ policy: { capabilities: ['CAP_NET_RAW'] } });
const unprivileged = samplePlan(UNPRIVILEGED);
const asRoot = samplePlan({ policy: { user: 'root' }, identity: { uid: 0, gid: 0, groups: [] } });
const mounting = samplePlan({ policy: { capabilities: ['CAP_SYS_ADMIN'] } });
const grouped = samplePlan({ identity: { ...NOBODY, groups: [30, 10] } });
const listening = samplePlan({ policy: { handoff: 'listener', listenFds: true } });

const writing = samplePlan({ policy: { writable: ['/data'], writeAndRun: ['/code'] } });

/** The calls by which /data, which is mounted after /code, is kept from being code. */
const OPEN_FIRST = 'openat2(AT_FDCWD, "/code"';
const OPEN = 'openat2(AT_FDCWD, "/data"';
const NOEXEC = 'mount_setattr(tree, "", AT_EMPTY_PATH|AT_RECURSIVE, {set MOUNT_ATTR_NOEXEC';
const WITH_EXEC = 'mount_setattr(tree, "", AT_EMPTY_PATH|AT_RECURSIVE, {set MOUNT_ATTR_NOSUID';

const FINAL_CAPSET = 'capset(caller, effective permitted inheritable {})';
const DROPS = 'prctl(PR_CAPBSET_DROP, ';

/** The operands of a call with one of them replaced. */
function operands(of: Plan, beginning: string, index: number, operand: Operand): Partial<CallStep> {
  const step = stepAt(of, beginning);
  if (step.verb !== 'call') throw new Error(`${beginning} is no call`);
  return { operands: step.operands.map((old, at) => (at === index ? operand : old)) };
}

function raising(capabilities: bigint): Operand {
  const all = (1n << 41n) - 1n;
  return data(capabilityData({ effective: capabilities, permitted: all, inheritable: 0n }), 'raised');
}

function leaving(capabilities: bigint): Operand {
  const sets = { effective: 0n, permitted: capabilities, inheritable: 0n };
  return data(capabilityData(sets), 'left');
}

function operandOf(of: Plan, beginning: string, index: number): Operand {
  const step = stepAt(of, beginning);
  const operand = step.verb === 'call' ? step.operands[index] : undefined;
  if (operand === undefined) throw new Error(`${beginning} has no operand ${index}`);
  return operand;
}

const SYS_ADMIN = 1n << 21n;
const SOCKET_PRIVILEGE = 'capset(caller, effective {CAP_NET_BIND_SERVICE})';

describe('a plan is refused when', () => {
  test.each<readonly [what: string, invariant: string, broken: Plan]>([
    [
      'CAP_SYS_ADMIN is raised while sockets are made',
      'least-privilege',
      changed(plan, SOCKET_PRIVILEGE, operands(plan, SOCKET_PRIVILEGE, 1, raising(SYS_ADMIN | (1n << 10n)))),
    ],
    ['sockets are made with everything', 'least-privilege', without(plan, SOCKET_PRIVILEGE)],
    [
      'a privileged port is bound with nothing',
      'kernel-refuses',
      changed(plan, SOCKET_PRIVILEGE, operands(plan, SOCKET_PRIVILEGE, 1, raising(0n))),
    ],
    ['the group comes before the groups', 'identity-order', swapped(plan, 'setgroups', 'setresgid')],
    ['the user comes before the groups', 'identity-order', swapped(plan, 'setgroups', 'setresuid')],
    ['the user comes before the group', 'identity-order', swapped(plan, 'setresgid', 'setresuid')],
    ['chdir does not follow chroot', 'chdir-after-chroot', without(chroot, 'chdir("/")')],
    [
      'something comes between chroot and chdir',
      'chdir-after-chroot',
      insertedAfter(chroot, 'chroot', stepAt(chroot, 'umask')),
    ],
    [
      'a chroot is made without CAP_SYS_CHROOT',
      'kernel-refuses',
      without(chroot, 'capset(caller, effective {CAP_SYS_CHROOT})'),
    ],
    ['no_new_privs is missing', 'no-new-privs-before-filter', without(plan, 'prctl(PR_SET_NO_NEW_PRIVS')],
    [
      'no_new_privs comes after the filter',
      'no-new-privs-before-filter',
      swapped(plan, 'prctl(PR_SET_NO_NEW_PRIVS', 'seccomp('),
    ],
    [
      'Landlock comes before no_new_privs',
      'kernel-refuses',
      swapped(plan, 'prctl(PR_SET_NO_NEW_PRIVS', 'landlock_restrict_self'),
    ],
    ['a call follows the filter', 'filter-last', insertedAfter(plan, 'seccomp(', stepAt(plan, 'umask'))],
    ['no filter is loaded', 'filter-last', without(plan, 'seccomp(')],
    ['the user stays root', 'no-root-left', without(plan, 'setresuid(65534')],
    ['the group stays that of root', 'no-root-left', without(plan, 'setresgid')],
    ['the groups stay those of root', 'no-root-left', without(plan, 'setgroups')],
    [
      'the saved user stays root',
      'no-root-left',
      changed(plan, 'setresuid(65534', operands(plan, 'setresuid(65534', 2, value(0, '0'))),
    ],
    [
      'a capability is kept',
      'no-capability-left',
      changed(plan, FINAL_CAPSET, operands(plan, FINAL_CAPSET, 1, leaving(1n << 8n))),
    ],
    ['capabilities are never dropped', 'no-capability-left', without(plan, FINAL_CAPSET)],
    ['one capability stays in the bounding set', 'no-capability-left', without(plan, `${DROPS}21,`)],
    ['the secure bits stay open', 'no-capability-left', without(plan, 'prctl(PR_SET_SECUREBITS')],
    [
      'more is granted than the policy says',
      'no-capability-left',
      { ...granting, grants: { root: false, capabilities: 0n } },
    ],
    [
      'a capability is added after all were dropped',
      'kernel-refuses',
      insertedAfter(plan, 'prctl(PR_GET_SECUREBITS', stepAt(plan, SOCKET_PRIVILEGE)),
    ],
    [
      'the secure bits forbid the ambient set that a grant needs',
      'kernel-refuses',
      swapped(granting, 'prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE', 'prctl(PR_SET_SECUREBITS'),
    ],
    [
      'a descriptor is opened after all were closed',
      'known-step',
      insertedAfter(plan, 'close_range(3', stepAt(plan, 'openat')),
    ],
    ['no descriptor is closed for the service', 'descriptors', without(plan, 'close_range(3')],
    [
      'a descriptor too many reaches the service',
      'descriptors',
      changed(plan, 'close_range(3', operands(plan, 'close_range(3', 0, value(4, '4'))),
    ],
    [
      'the second listener reaches a service that is not told of it',
      'service',
      { ...listening, descriptors: [0, 1, 2] },
    ],
    ['the outer gate keeps the sockets', 'descriptors', without(plan, 'close_range(5')],
    ['the descriptors of the caller are kept', 'inheritance', without(plan, 'close_range(7')],
    ['the session keyring of the caller is kept', 'inheritance', without(plan, 'keyctl')],
    ['the terminal of the caller is kept', 'inheritance', without(plan, 'setsid')],
    ['the mask of the caller is kept', 'inheritance', without(plan, 'umask')],
    ['the directory of the caller is kept', 'inheritance', without(plan, 'chdir')],
    ['there are no namespaces', 'isolation', without(plan, 'unshare')],
    ['mounts reach the host', 'isolation', without(plan, 'mount(NULL, "/"')],
    [
      'mounts of a service that may mount reach the host from a chroot',
      'isolation',
      changed(mounting, 'mount(NULL, "/"', { tolerate: [{ errno: 22, name: 'EINVAL' }] }),
    ],
    ['the new /proc may reach the host from a chroot', 'isolation', without(plan, 'mount(NULL, "/proc"')],
    ['/proc is the one of the host', 'isolation', without(plan, 'mount("proc"')],
    ['the gate may be traced', 'isolation', without(plan, 'prctl(PR_SET_DUMPABLE')],
    [
      'a change of credentials makes the gate traceable again',
      'isolation',
      insertedAfter(plan, 'prctl(PR_GET_DUMPABLE', stepAt(plan, FINAL_CAPSET)),
    ],
    ['the gate outlives its parent', 'isolation', without(plan, 'prctl(PR_SET_PDEATHSIG')],
    ['a session has no process group', 'isolation', without(plan, 'setpgid')],
    ['the Landlock ruleset is not put in force', 'isolation', without(plan, 'landlock_restrict_self')],
    ['a limit is missing', 'limits', without(plan, 'prlimit64(0, RLIMIT_CORE')],
    ['a limit of the session is missing', 'limits', without(plan, 'prlimit64(0, RLIMIT_CPU')],
    ['a limit is not read back', 'read-back', without(plan, 'prlimit64(0, RLIMIT_CORE, NULL')],
    ['the user is not read back', 'read-back', without(plan, 'getresuid')],
    ['the group is not read back', 'read-back', without(plan, 'getresgid')],
    ['the groups are not read back', 'read-back', without(plan, 'getgroups')],
    ['the capabilities are not read back', 'read-back', without(plan, 'capget')],
    ['the bounding set is not read back', 'read-back', without(plan, 'prctl(PR_CAPBSET_READ, 21,')],
    ['the secure bits are not read back', 'read-back', without(plan, 'prctl(PR_GET_SECUREBITS')],
    ['no_new_privs is not read back', 'read-back', without(plan, 'prctl(PR_GET_NO_NEW_PRIVS')],
    ['dumpable is not read back', 'read-back', without(plan, 'prctl(PR_GET_DUMPABLE')],
    ['nobody tries to become root again', 'read-back', without(plan, 'setresuid(0')],
    [
      'nobody tries to map page 0 again',
      'read-back',
      without(plan, 'mmap(0, 4096, PROT_READ, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS'),
    ],
    ['the user is compared with nothing', 'read-back', changed(plan, 'getresuid', { checks: [] })],
    [
      'the user is compared with another',
      'read-back',
      changed(plan, 'getresuid', { checks: checksOf(asRoot, 'getresuid') }),
    ],
    ['the groups are compared with others', 'read-back', changed(grouped, 'getgroups', { checks: [] })],
    [
      'the capabilities are compared with others',
      'read-back',
      changed(plan, 'capget', {
        checks: checksOf(granting, 'capget(caller, what is left) = 0 and finds 0 8192'),
      }),
    ],
    [
      'the secure bits are compared with others',
      'read-back',
      changed(plan, 'prctl(PR_GET_SECUREBITS', { expect: equal(0) }),
    ],
    ['the bounding set is read while it is full', 'kernel-refuses', without(plan, `${DROPS}0,`)],
    [
      'becoming root again is expected to work',
      'read-back',
      changed(plan, 'setresuid(0', { expect: equal(0) }),
    ],
    [
      'page 0 is mapped without CAP_SYS_RAWIO',
      'kernel-refuses',
      without(plan, 'capset(caller, effective {CAP_SYS_RAWIO})'),
    ],
    [
      'namespaces are made without CAP_SYS_ADMIN',
      'kernel-refuses',
      without(plan, 'capset(caller, effective {CAP_SYS_ADMIN})'),
    ],
    [
      'the user changes without CAP_SETUID',
      'kernel-refuses',
      without(plan, 'capset(caller, effective {CAP_SETUID})'),
    ],
    [
      'the groups change without CAP_SETGID',
      'kernel-refuses',
      without(plan, 'capset(caller, effective {CAP_SETGID})'),
    ],
    [
      'nothing is kept to clear the bounding set with',
      'kernel-refuses',
      without(plan, 'prctl(PR_SET_KEEPCAPS'),
    ],
    [
      'an ordinary user makes no namespace of users',
      'kernel-refuses',
      without(unprivileged, 'unshare(CLONE_NEWUSER)'),
    ],
    ['nothing is mounted over a directory', 'isolation', without(writing, 'move_mount')],
    ['nothing of a copy is changed', 'isolation', without(writing, NOEXEC)],
    ['a copy is not mounted, but may be written to', 'isolation', without(writing, 'move_mount', 'statfs')],
    [
      'what is mounted is changed as what may run',
      'known-step',
      changed(writing, NOEXEC, operands(writing, NOEXEC, 3, operandOf(writing, WITH_EXEC, 3))),
    ],
    [
      'what is mounted below stays as it is',
      'known-step',
      changed(writing, NOEXEC, operands(writing, NOEXEC, 2, value(0x1000, 'AT_EMPTY_PATH'))),
    ],
    [
      'what is mounted below is left out',
      'known-step',
      changed(writing, 'open_tree', operands(writing, 'open_tree', 2, value(0x1001, 'one mount'))),
    ],
    [
      'a directory is opened over links',
      'known-step',
      changed(writing, OPEN, operands(writing, OPEN, 2, data(emptyData(24), 'none'))),
    ],
    [
      'another directory is opened',
      'known-step',
      changed(writing, OPEN, operands(writing, OPEN, 1, text('/other'))),
    ],
    ['the policy names no such directory', 'known-step', otherwise(writing, { writable: [] })],
    [
      'the policy lets nothing run',
      'known-step',
      otherwise(writing, { writable: ['/code', '/data'], writeAndRun: [] }),
    ],
    ['no mount is read back', 'read-back', without(writing, 'statfs')],
    ['a mount is compared with nothing', 'known-step', changed(writing, 'statfs("/data"', { checks: [] })],
    ['a directory is mounted on the host', 'isolation', without(writing, 'mount(NULL, "/"')],
    [
      'a directory is mounted in a chroot whose mounts the host sees',
      'known-step',
      changed(writing, 'mount(NULL, "/"', { tolerate: [{ errno: 22, name: 'EINVAL' }] }),
    ],
    [
      'a directory is mounted without CAP_SYS_ADMIN',
      'kernel-refuses',
      withoutNumber(writing, numberOf(writing, OPEN_FIRST) - 1),
    ],
    ['a step uses what none has stored', 'slots', without(plan, 'landlock_create_ruleset')],
    ['the gate serves a socket that was never made', 'slots', without(plan, 'socket(')],
    ['there is no gate', 'shape', without(plan, 'split')],
    ['nobody is served', 'shape', without(plan, 'serve')],
    ['the environment is inherited', 'shape', without(plan, 'env')],
    ['nothing is executed', 'shape', without(plan, 'exec')],
    ['a call follows the exec', 'shape', insertedAfter(plan, 'exec', stepAt(plan, 'umask'))],
  ])('%s', (_, invariant, broken) => {
    expect(invariants(broken)).toContain(invariant);
  });
});

/** The same steps for a policy that says something else. */
function otherwise(of: Plan, parts: Partial<Plan['contract']['policy']>): Plan {
  return { ...of, contract: { ...of.contract, policy: { ...of.contract.policy, ...parts } } };
}

function checksOf(of: Plan, beginning: string): CallStep['checks'] {
  const step = stepAt(of, beginning);
  if (step.verb !== 'call') throw new Error(`${beginning} is no call`);
  return step.checks;
}
