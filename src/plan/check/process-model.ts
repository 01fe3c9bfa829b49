import { capabilityNames } from '../../kernel/capabilities.ts';
import { capabilityText } from '../capabilities.ts';
import { lockedSecurebits } from '../identity.ts';
import type { Plan } from '../plan.ts';
import type { Role, Step } from '../step.ts';
import { ProcessState } from './process-state.ts';
import { StoredSlots } from './stored-slots.ts';
import { Surroundings } from './surroundings.ts';
import type { Invariant, Violation } from './violation.ts';

/** One process on its way through a plan. */
export class ProcessModel {
  readonly role: Role;
  readonly #plan: Plan;
  readonly #state: ProcessState;
  readonly #surroundings: Surroundings;
  readonly #slots: StoredSlots;
  #filtered = false;
  /** Its calls come from page 0: the filter tells them from those of the service. */
  #entered = false;
  /** chroot(2) leaves the directory where it was: the next call must be chdir. */
  #rootChanged = false;

  constructor(plan: Plan, role: Role, parent?: ProcessModel) {
    this.#plan = plan;
    this.role = role;
    this.#state = new ProcessState(plan.launcher, parent === undefined ? undefined : parent.#state);
    this.#surroundings = new Surroundings(
      role,
      plan.shape,
      parent === undefined ? undefined : parent.#surroundings,
    );
    this.#slots = new StoredSlots(parent === undefined ? undefined : parent.#slots);
  }

  fork(role: Role): ProcessModel {
    const child = new ProcessModel(this.#plan, role, this);
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
    violations.push(...this.#slots.execute(step));
    this.#surroundings.execute(step);
    switch (step.verb) {
      case 'call':
        if (step.call === 'seccomp') this.#filtered = true;
        return [...violations, ...this.#state.execute(step)];
      case 'enter':
        this.#entered = this.#state.did('page zero');
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
    const { uids, effective, permitted, inheritable, ambient, bounding, securebits } =
      this.#state.credentials;
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
      require(this.#state.did(call), 'no-root-left', `${call} is missing: what the caller had is left`);
    for (const [assertion, holds] of this.#assertions())
      require(holds, 'read-back', `nothing asserts that ${assertion}`);
    require(this.#state.credentials.noNewPrivileges, 'no-new-privs-before-filter', 'no_new_privs is not set');
    require(this.#filtered, 'filter-last', 'no filter was loaded as the last step');
    require(!this.#state
      .isOutsideRoot, 'chdir-after-chroot', 'the working directory is outside the new root');
    for (const name of this.#state.unread)
      require(false, 'read-back', `what ${name} has set is not read back`);
    return violations;
  }

  /**
   * An ordinary user's process that stays the user's own: with every set empty and no_new_privs, nothing gives it more
   * than it had, whatever the bounding set says.
   */
  #staysCaller(): boolean {
    const { launcher, shape } = this.#plan;
    return shape === 'direct' && launcher.uid !== 0 && !this.#state.did('setresuid');
  }

  /** In a user namespace of its own a process has no groups to give up and none to take. */
  #identityCalls(): readonly string[] {
    const own = ['setresgid', 'setresuid'];
    return this.#state.did('user-namespace') ? own : ['setgroups', ...own];
  }

  /** Calls that must fail, so that the kernel itself says that the way back is closed. */
  #assertions(): readonly (readonly [string, boolean])[] {
    const mayReturn = this.#plan.grants.root || this.#staysCaller();
    return [
      ['nobody becomes root again', mayReturn || this.#state.did('root refused')],
      ['page 0 is closed', !this.#state.did('page zero') || this.#state.did('page zero refused')],
    ];
  }
}
