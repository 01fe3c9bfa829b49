import { capabilityNames, capabilitySet } from '../kernel/capabilities.ts';
import { capabilityText, readCapabilityData } from './capabilities.ts';
import type { Invariant } from './check-plan.ts';
import { Credentials } from './credentials.ts';
import { type Data, readField } from './data.ts';
import type { Plan } from './plan.ts';
import type { CallStep, Role, Step } from './step.ts';

export interface Violation {
  readonly invariant: Invariant;
  readonly message: string;
}

/** What each identity call must be read back by. */
const READ_BACK: ReadonlyMap<string, string> = new Map([
  ['setresuid', 'getresuid'],
  ['setresgid', 'getresgid'],
  ['setgroups', 'getgroups'],
  ['capset', 'capget'],
  ['no_new_privs', 'PR_GET_NO_NEW_PRIVS'],
]);

const SOCKET_CALLS: ReadonlySet<string> = new Set(['socket', 'setsockopt', 'bind', 'listen']);
const OPENING_CALLS: ReadonlySet<string> = new Set([
  'openat',
  'socket',
  'memfd_create',
  'epoll_create1',
  'signalfd4',
  'pipe2',
  'landlock_create_ruleset',
]);
const FIRST_UNPRIVILEGED_PORT = 1024;

/** Numbers of prctl(2), read from the operand and not from its text. Source: include/uapi/linux/prctl.h. */
const PRCTL = {
  SET_DUMPABLE: 4n,
  SET_KEEPCAPS: 8n,
  CAPBSET_READ: 23n,
  CAPBSET_DROP: 24n,
  SET_SECUREBITS: 28n,
  SET_NO_NEW_PRIVS: 38n,
  GET_NO_NEW_PRIVS: 39n,
  CAP_AMBIENT: 47n,
} as const;
const AMBIENT_RAISE = 2n;
const AMBIENT_CLEAR_ALL = 4n;
const CLONE_NEWUSER = 0x1000_0000n;

/** One process on its way through a plan. */
export class ProcessModel {
  readonly role: Role;
  readonly #plan: Plan;
  readonly #credentials: Credentials;
  readonly #done = new Set<string>();
  readonly #unread = new Set<string>();
  #mapFile = '';
  #outsideRoot = false;
  #filtered = false;
  #keptFrom: number | undefined;

  constructor(plan: Plan, role: Role, credentials?: Credentials) {
    this.#plan = plan;
    this.role = role;
    this.#credentials =
      credentials ?? new Credentials(plan.launcher.uid, plan.launcher.gid, plan.launcher.permitted);
  }

  fork(role: Role): ProcessModel {
    const child = new ProcessModel(this.#plan, role, this.#credentials.clone());
    for (const name of this.#done) child.#done.add(name);
    for (const name of this.#unread) child.#unread.add(name);
    child.#outsideRoot = this.#outsideRoot;
    return child;
  }

  /** A filter is the last step of a phase: the next phase may load another. */
  finishPhase(): void {
    this.#filtered = false;
  }

  execute(step: Step): readonly Violation[] {
    const violations: Violation[] = [];
    if (this.#filtered && step.verb === 'call') {
      violations.push({
        invariant: 'filter-last',
        message: 'the filter is on already; it is the last step of its phase',
      });
    }
    switch (step.verb) {
      case 'call':
        return [...violations, ...this.#call(step)];
      case 'serve':
      case 'exec':
        return [
          ...violations,
          ...this.confinementProblems(),
          ...(step.verb === 'exec' ? this.#descriptorProblems() : []),
        ];
      default:
        return violations;
    }
  }

  isConfined(): boolean {
    return this.#plan.shape === 'direct' || this.confinementProblems().length === 0;
  }

  /** What must hold of a process that stays: no uid 0, no capability beyond the policy, no_new_privs, a filter, all read back. */
  confinementProblems(): readonly Violation[] {
    const { uids, effective, permitted, inheritable, ambient, bounding } = this.#credentials;
    const { root, capabilities } = this.#plan.grants;
    const granted = this.role === 'outer' && this.#plan.shape === 'serve' ? 0n : capabilities;
    const violations: Violation[] = [];
    const require = (holds: boolean, invariant: Invariant, message: string): void => {
      if (!holds) violations.push({ invariant, message });
    };
    require(root || !uids.includes(0), 'no-root-left', `uid 0 is left: ${uids.join(' ')}`);
    for (const [name, set] of Object.entries({ effective, permitted, inheritable, ambient })) {
      require((set & ~granted) ===
        0n, 'no-capability-left', `${capabilityText(set & ~granted)} is left in the ${name} set`);
    }
    require(bounding === 0n ||
      this.#neverPrivileged(), 'no-capability-left', `the bounding set holds ${capabilityNames(bounding).length} capabilities`);
    require(this.#credentials.noNewPrivileges, 'no-new-privs-before-filter', 'no_new_privs is not set');
    require(this.#filtered, 'filter-last', 'no filter was loaded as the last step');
    require(!this.#outsideRoot, 'chdir-after-chroot', 'the working directory is outside the new root');
    for (const name of this.#unread)
      require(false, 'read-back', `${name} is not read back by ${READ_BACK.get(name)}`);
    return violations;
  }

  #neverPrivileged(): boolean {
    return this.#plan.launcher.permitted === 0n && !this.#done.has('user-namespace');
  }

  #descriptorProblems(): readonly Violation[] {
    const beyond = Math.max(...this.#plan.descriptors) + 1;
    if (this.#keptFrom !== undefined && this.#keptFrom <= beyond) return [];
    return [{ invariant: 'descriptors', message: `descriptors from ${beyond} on survive the exec` }];
  }

  #call(step: CallStep): readonly Violation[] {
    const violations: Violation[] = [];
    const broken = (invariant: Invariant, message: string): void =>
      void violations.push({ invariant, message });
    if (SOCKET_CALLS.has(step.call)) this.#checkSocket(step, broken);
    if (OPENING_CALLS.has(step.call)) this.#keptFrom = undefined;
    const wanted = step.expect.kind === 'errno' ? 'refuse' : 'allow';
    const before = this.#credentials.clone();
    const refusal = this.#apply(step, broken);
    if (wanted === 'allow' && refusal !== undefined)
      broken('kernel-refuses', `the kernel would refuse: ${refusal}`);
    if (wanted === 'refuse') {
      if (refusal === undefined && step.call !== 'mmap')
        broken('kernel-refuses', 'the kernel would not refuse this');
      Object.assign(this.#credentials, before);
    }
    return violations;
  }

  #checkSocket(step: CallStep, broken: (invariant: Invariant, message: string) => void): void {
    const extra = this.#credentials.effective & ~capabilitySet(['CAP_NET_BIND_SERVICE']);
    if (extra !== 0n) broken('socket-privilege', `the effective set holds ${capabilityText(extra)} as well`);
    const address = step.call === 'bind' ? dataOf(step, 1) : undefined;
    if (address === undefined) return;
    const port = Number(readField(address, 2, 1) << 8n) + Number(readField(address, 3, 1));
    const lacks = port < FIRST_UNPRIVILEGED_PORT && this.#credentials.lacks('CAP_NET_BIND_SERVICE');
    if (lacks && this.#plan.launcher.permitted !== 0n) broken('kernel-refuses', `port ${port}: ${lacks}`);
  }

  /** Why the kernel would refuse a call; the model changes as the kernel's state would. */
  #apply(step: CallStep, broken: (invariant: Invariant, message: string) => void): string | undefined {
    const credentials = this.#credentials;
    const number = (index: number): number => Number(BigInt.asIntN(32, numberOf(step, index)));
    switch (step.call) {
      case 'capset': {
        const sets = dataOf(step, 1);
        if (sets === undefined) return 'no sets are given';
        const { effective, permitted, inheritable } = readCapabilityData(sets);
        this.#unread.add('capset');
        return credentials.setCapabilities(effective, permitted, inheritable);
      }
      case 'setgroups':
        if (this.#done.has('setresgid') || this.#done.has('setresuid'))
          broken('identity-order', 'groups come before the group and the user');
        this.#identity('setgroups');
        return credentials.setGroups(wordsOf(dataOf(step, 1), number(0)));
      case 'setresgid':
        if (this.#done.has('setresuid')) broken('identity-order', 'the group comes before the user');
        this.#identity('setresgid');
        return credentials.setGids([number(0), number(1), number(2)]);
      case 'setresuid':
        if (step.expect.kind === 'errno')
          return credentials.clone().setUids([number(0), number(1), number(2)]);
        this.#identity('setresuid');
        return credentials.setUids([number(0), number(1), number(2)]);
      case 'getresuid':
        return this.#readBack('setresuid', step, credentials.uids);
      case 'getresgid':
        return this.#readBack('setresgid', step, credentials.gids);
      case 'getgroups':
        return this.#readBack(
          'setgroups',
          step,
          [...(credentials.groups ?? [])].sort((a, b) => a - b),
        );
      case 'capget':
        return this.#readBack('capset', step, this.#capabilityWords());
      case 'chroot':
        this.#outsideRoot = true;
        return credentials.lacks('CAP_SYS_CHROOT');
      case 'chdir':
        this.#outsideRoot = false;
        return undefined;
      case 'mount':
        return credentials.lacks('CAP_SYS_ADMIN');
      case 'unshare':
        return this.#unshare(numberOf(step, 0));
      case 'openat':
        this.#mapFile = textOf(dataOf(step, 1));
        return undefined;
      case 'write':
        return this.#writeMap(textOf(dataOf(step, 1)));
      case 'close_range':
        if (numberOf(step, 1) === 0xffff_ffffn) this.#keptFrom = Number(numberOf(step, 0));
        return undefined;
      case 'seccomp':
        if (!credentials.noNewPrivileges)
          broken('no-new-privs-before-filter', 'a filter needs no_new_privs first');
        this.#filtered = true;
        return undefined;
      case 'prctl':
        return this.#prctl(step);
      default:
        return undefined;
    }
  }

  #identity(name: string): void {
    this.#done.add(name);
    this.#unread.add(name);
  }

  /** Reading back counts only when what is compared is what the model says is there. */
  #readBack(what: string, step: CallStep, expected: readonly number[]): undefined {
    const compared = step.checks.map((check) => Number(check.equals & check.mask));
    if (compared.join(' ') === expected.join(' ')) this.#unread.delete(what);
    return undefined;
  }

  #capabilityWords(): readonly number[] {
    const { effective, permitted, inheritable } = this.#credentials;
    return [0n, 32n].flatMap((shift) =>
      [effective, permitted, inheritable].map((set) => Number((set >> shift) & 0xffff_ffffn)),
    );
  }

  #unshare(flags: bigint): string | undefined {
    const needsAdmin = (flags & ~CLONE_NEWUSER) !== 0n && (flags & CLONE_NEWUSER) === 0n;
    if (needsAdmin) return this.#credentials.lacks('CAP_SYS_ADMIN');
    this.#credentials.enterUserNamespace();
    this.#done.add('user-namespace');
    return undefined;
  }

  #writeMap(content: string): undefined {
    const inside = Number(content.split(' ')[0]);
    if (this.#mapFile === '/proc/self/uid_map') this.#credentials.uids = [inside, inside, inside];
    if (this.#mapFile === '/proc/self/gid_map') this.#credentials.gids = [inside, inside, inside];
    return undefined;
  }

  #prctl(step: CallStep): string | undefined {
    const credentials = this.#credentials;
    const argument = numberOf(step, 1);
    switch (numberOf(step, 0)) {
      case PRCTL.SET_KEEPCAPS:
        return credentials.setKeepCapabilities(argument === 1n);
      case PRCTL.CAPBSET_DROP:
        return credentials.dropBounding(Number(argument));
      case PRCTL.SET_SECUREBITS:
        return credentials.setSecurebits(argument);
      case PRCTL.SET_DUMPABLE:
        credentials.dumpable = argument === 1n;
        return undefined;
      case PRCTL.SET_NO_NEW_PRIVS:
        credentials.noNewPrivileges = argument === 1n;
        this.#unread.add('no_new_privs');
        return undefined;
      case PRCTL.GET_NO_NEW_PRIVS:
        if (step.expect.kind === 'equal' && step.expect.value === 1n) this.#unread.delete('no_new_privs');
        return undefined;
      case PRCTL.CAPBSET_READ: {
        const isSet = (credentials.bounding >> argument) & 1n;
        return step.expect.kind === 'equal' && step.expect.value === isSet
          ? undefined
          : 'the bounding set is another';
      }
      case PRCTL.CAP_AMBIENT:
        if (argument === AMBIENT_CLEAR_ALL) credentials.ambient = 0n;
        return argument === AMBIENT_RAISE ? credentials.raiseAmbient(Number(numberOf(step, 2))) : undefined;
      default:
        return undefined;
    }
  }
}

function numberOf(step: CallStep, index: number): bigint {
  const operand = step.operands[index];
  return operand?.kind === 'value' ? operand.value : 0n;
}

function dataOf(step: CallStep, index: number): Data | undefined {
  const operand = step.operands[index];
  return operand?.kind === 'data' ? operand.data : undefined;
}

function textOf(data: Data | undefined): string {
  return data === undefined ? '' : new TextDecoder().decode(data.bytes).replace(/\0.*$/s, '');
}

function wordsOf(data: Data | undefined, count: number): readonly number[] {
  return data === undefined
    ? []
    : Array.from({ length: count }, (_, index) => Number(readField(data, 4 * index, 4)));
}
