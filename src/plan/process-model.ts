import { capabilityNames, capabilitySet } from '../kernel/capabilities.ts';
import { capabilityText, readCapabilityData } from './capabilities.ts';
import { Credentials } from './credentials.ts';
import { readField } from './data.ts';
import { lockedSecurebits } from './identity.ts';
import { dataOf, numberOf, textOf, wordsOf } from './operand-values.ts';
import type { Plan } from './plan.ts';
import { controlCredentials, controlReadBack } from './process-controls.ts';
import type { CallStep, Role, Step } from './step.ts';
import { Surroundings } from './surroundings.ts';
import type { Invariant, Violation } from './violation.ts';

const SOCKET_CALLS: ReadonlySet<string> = new Set(['socket', 'setsockopt', 'bind', 'listen']);
const CLONE_NEWUSER = 0x1000_0000n;

/** One process on its way through a plan. */
export class ProcessModel {
  readonly role: Role;
  readonly #plan: Plan;
  readonly #credentials: Credentials;
  readonly #surroundings: Surroundings;
  readonly #done = new Set<string>();
  readonly #unread = new Set<string>();
  #mapFile = '';
  #outsideRoot = false;
  #filtered = false;
  /** Its calls come from page 0: the filter tells them from those of the service. */
  #entered = false;
  /** chroot(2) leaves the directory where it was: the next call must be chdir. */
  #rootChanged = false;

  constructor(plan: Plan, role: Role, parent?: ProcessModel) {
    const { uid, gid, permitted } = plan.launcher;
    this.#plan = plan;
    this.role = role;
    this.#credentials =
      parent === undefined ? new Credentials(uid, gid, permitted) : parent.#credentials.clone();
    this.#surroundings = new Surroundings(
      role,
      plan.shape,
      parent === undefined ? undefined : parent.#surroundings,
    );
  }

  fork(role: Role): ProcessModel {
    const child = new ProcessModel(this.#plan, role, this);
    for (const name of this.#done) child.#done.add(name);
    for (const name of this.#unread) child.#unread.add(name);
    child.#outsideRoot = this.#outsideRoot;
    child.#entered = this.#entered;
    child.#filtered = this.#entered && this.#filtered;
    return child;
  }

  /** A filter is the last step of a phase: the next phase may load another. */
  finishPhase(): void {
    this.#filtered = false;
  }

  execute(step: Step): readonly Violation[] {
    const violations: Violation[] = [];
    if (this.#filtered && !(this.#entered && this.role === 'session') && step.verb === 'call') {
      violations.push({
        invariant: 'filter-last',
        message: 'the filter is on already; it is the last step of its phase',
      });
    }
    if (this.#rootChanged && !(step.verb === 'call' && step.call === 'chdir'))
      violations.push({ invariant: 'chdir-after-chroot', message: 'chdir does not follow chroot' });
    this.#rootChanged = step.verb === 'call' && step.call === 'chroot';
    violations.push(...this.#surroundings.execute(step));
    switch (step.verb) {
      case 'call':
        return [...violations, ...this.#call(step)];
      case 'enter':
        this.#entered = this.#done.has('page zero');
        return violations;
      case 'serve':
        return [...violations, ...this.stayProblems()];
      case 'exec':
        return [
          ...violations,
          ...this.#confinementProblems(),
          ...this.#surroundings.execProblems(Math.max(...this.#plan.descriptors) + 1),
        ];
      default:
        return violations;
    }
  }

  /** What must hold of a gate that stays: it is confined like the service, and set apart from its sessions. */
  stayProblems(): readonly Violation[] {
    return [
      ...this.#confinementProblems(),
      ...this.#surroundings.stayProblems(this.#plan.grants.capabilities),
    ];
  }

  /** No uid 0, no capability beyond the policy, no_new_privs, a filter, all read back. */
  #confinementProblems(): readonly Violation[] {
    const { uids, effective, permitted, inheritable, ambient, bounding, securebits } = this.#credentials;
    const { root, capabilities } = this.#plan.grants;
    const granted = this.role === 'outer' && this.#plan.shape !== 'direct' ? 0n : capabilities;
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
      this.#staysCaller(), 'no-capability-left', `the bounding set holds ${capabilityNames(bounding).length} capabilities`);
    require(securebits === lockedSecurebits(root) ||
      this.#staysCaller(), 'no-capability-left', 'the secure bits are not locked');
    for (const call of this.#staysCaller() ? [] : this.#identityCalls())
      require(this.#done.has(call), 'no-root-left', `${call} is missing: what the caller had is left`);
    for (const [assertion, holds] of this.#assertions())
      require(holds, 'read-back', `nothing asserts that ${assertion}`);
    require(this.#credentials.noNewPrivileges, 'no-new-privs-before-filter', 'no_new_privs is not set');
    require(this.#filtered, 'filter-last', 'no filter was loaded as the last step');
    require(!this.#outsideRoot, 'chdir-after-chroot', 'the working directory is outside the new root');
    for (const name of this.#unread) require(false, 'read-back', `what ${name} has set is not read back`);
    return violations;
  }

  /**
   * An ordinary user's process that stays the user's own: with every set empty and no_new_privs, nothing gives it more
   * than it had, whatever the bounding set says.
   */
  #staysCaller(): boolean {
    const { launcher, shape } = this.#plan;
    return shape === 'direct' && launcher.uid !== 0 && !this.#done.has('setresuid');
  }

  /** In a user namespace of its own a process has no groups to give up and none to take. */
  #identityCalls(): readonly string[] {
    const own = ['setresgid', 'setresuid'];
    return this.#done.has('user-namespace') ? own : ['setgroups', ...own];
  }

  /** Calls that must fail, so that the kernel itself says that the way back is closed. */
  #assertions(): readonly (readonly [string, boolean])[] {
    const mayReturn = this.#plan.grants.root || this.#staysCaller();
    return [
      ['nobody becomes root again', mayReturn || this.#done.has('root refused')],
      ['page 0 is closed', !this.#done.has('page zero') || this.#done.has('page zero refused')],
    ];
  }

  #call(step: CallStep): readonly Violation[] {
    const violations: Violation[] = [];
    const broken = (invariant: Invariant, message: string): void =>
      void violations.push({ invariant, message });
    if (SOCKET_CALLS.has(step.call)) this.#checkSocket(step, broken);
    const wanted = step.expect.kind === 'errno' ? 'refuse' : 'allow';
    const before = this.#credentials.clone();
    const refusal = this.#apply(step, broken);
    if (wanted === 'allow' && refusal !== undefined)
      broken('kernel-refuses', `the kernel would refuse: ${refusal}`);
    if (wanted === 'refuse') {
      if (refusal === undefined) broken('kernel-refuses', 'the kernel would not refuse this');
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
    const { permitted, unprivilegedPortStart } = this.#plan.launcher;
    const lacks = port < unprivilegedPortStart && this.#credentials.lacks('CAP_NET_BIND_SERVICE');
    if (lacks && permitted !== 0n) broken('kernel-refuses', `port ${port}: ${lacks}`);
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
        if (step.expect.kind === 'errno') {
          this.#done.add('root refused');
          return credentials.clone().setUids([number(0), number(1), number(2)]);
        }
        this.#identity('setresuid');
        return credentials.setUids([number(0), number(1), number(2)]);
      case 'setreuid':
        return credentials.clone().setUids([number(0), number(1), number(1)]);
      case 'getresuid':
        return this.#readBack('setresuid', step, credentials.uids);
      case 'getresgid':
        return this.#readBack('setresgid', step, credentials.gids);
      case 'getgroups':
        return this.#readBack(
          'setgroups',
          step,
          credentials.groups && [...credentials.groups].sort(byNumber),
        );
      case 'capget':
        return this.#readBack('capset', step, this.#capabilityWords());
      case 'chroot':
        this.#outsideRoot = true;
        return credentials.lacks('CAP_SYS_CHROOT');
      case 'chdir':
        this.#outsideRoot = this.#outsideRoot && !textOf(dataOf(step, 0)).startsWith('/');
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
      case 'mmap':
        return this.#mapPage(step);
      case 'landlock_restrict_self':
        return credentials.noNewPrivileges ? undefined : 'Landlock needs no_new_privs first';
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
  #readBack(what: string, step: CallStep, expected: readonly number[] | undefined): string | undefined {
    const compared = step.checks.map((check) => Number(check.equals & check.mask));
    if (compared.join(' ') !== expected?.join(' ')) return `what ${what} has set is another`;
    this.#unread.delete(what);
    return undefined;
  }

  /** Below vm.mmap_min_addr only CAP_SYS_RAWIO maps. Source: cap_mmap_addr() in security/commoncap.c. */
  #mapPage(step: CallStep): string | undefined {
    if (numberOf(step, 0) !== 0n) return undefined;
    this.#done.add(step.expect.kind === 'errno' ? 'page zero refused' : 'page zero');
    return this.#credentials.lacks('CAP_SYS_RAWIO');
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
    const { sets, reads } = controlReadBack(step);
    if (sets !== undefined) this.#unread.add(sets);
    if (reads !== undefined) this.#unread.delete(reads);
    return controlCredentials(step, this.#credentials);
  }
}

function byNumber(a: number, b: number): number {
  return a - b;
}
