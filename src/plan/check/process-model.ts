import { capabilitySet } from '../../kernel/capabilities.ts';
import type { Plan } from '../plan.ts';
import type { CallStep, Role, Step } from '../step.ts';
import { capabilityText } from '../steps/capabilities.ts';
import type { CallEffect } from './call-effect.ts';
import { type CallEffects, callEffects } from './call-effects.ts';
import { confinementProblems } from './confinement.ts';
import { Credentials } from './credentials.ts';
import { DEEDS, type DeedName, deedKey } from './deeds.ts';
import { demandedCapability } from './demanded-capability.ts';
import { HeldCapability } from './held-capability.ts';
import { StepOrder } from './step-order.ts';
import { StoredSlots } from './stored-slots.ts';
import { verbProblems } from './verbs.ts';
import type { Violation } from './violation.ts';

/** One process on its way through a plan: its credentials as the kernel has them, its deeds, and what it stored. */
export class ProcessModel {
  readonly role: Role;
  readonly #plan: Plan;
  readonly #effects: CallEffects;
  readonly #credentials: Credentials;
  readonly #held: HeldCapability;
  readonly #order = new StepOrder();
  readonly #slots: StoredSlots;
  /** Deeds of its ancestors before it was forked. */
  readonly #inherited: ReadonlySet<string>;
  readonly #done = new Set<string>();
  /** The forms that it made, also those that the kernel has forgotten since. A repeated entry of a policy has two. */
  readonly #made = new Set<CallEffect>();

  constructor(plan: Plan, role: Role, parent?: ProcessModel) {
    const { uid, gid, permitted } = plan.contract.facts;
    this.#plan = plan;
    this.role = role;
    this.#effects = callEffects(plan.contract);
    this.#credentials =
      parent === undefined ? new Credentials(uid, gid, permitted) : parent.#credentials.clone();
    this.#held = new HeldCapability(this.#credentials);
    this.#slots = new StoredSlots(parent === undefined ? undefined : parent.#slots);
    this.#inherited = new Set(parent === undefined ? [] : [...parent.#inherited, ...parent.#done]);
  }

  fork(role: Role): ProcessModel {
    return new ProcessModel(this.#plan, role, this);
  }

  /** Reports the invariants that a step breaks; the process changes as the kernel would change it. */
  execute(step: Step): readonly Violation[] {
    const effect = step.verb === 'call' ? this.#effectOf(step) : undefined;
    const violations = [
      ...(step.verb === 'call' && effect === undefined ? [this.#effects.unknown(step)] : []),
      ...this.#order.execute(step),
      ...this.#held.before(step),
      ...this.#slots.execute(step, effect),
    ];
    if (step.verb === 'enter' && !this.#did('page 0', undefined))
      violations.push({ invariant: 'step-order', message: "it comes before 'page 0'" });
    if (step.verb === 'mark' && this.#done.size > 0)
      violations.push({ invariant: 'step-order', message: 'privilege may be gone by then' });
    if (step.verb === 'inherit' && this.#done.size > 0)
      violations.push({ invariant: 'step-order', message: 'other files may have the numbers by then' });
    if (step.verb === 'queue' && !this.#did('descriptors are refused', step.descriptor))
      violations.push({ invariant: 'step-order', message: "it comes before 'descriptors are refused'" });
    if (step.verb !== 'call') return [...violations, ...verbProblems(step, this.#plan.contract)];
    return effect === undefined ? violations : [...violations, ...this.#call(step, effect)];
  }

  /** Reports the calls that a process has not made by its end, and the privilege that it keeps. */
  finalProblems(): readonly Violation[] {
    const missing = this.#effects.all.filter(
      (effect) =>
        effect.optional !== true && effect.roles.includes(this.role) && !this.#done.has(deedKey(effect)),
    );
    const names = [...new Set(missing.map(({ deed }) => deed))];
    return [
      ...names.map((name) => missed(name, missing)),
      ...confinementProblems(this.#credentials, this.#plan, this.role),
    ];
  }

  /** Of several that a step may be, the one that its slots are of, and that was not made yet. */
  #effectOf(step: CallStep): CallEffect | undefined {
    const effects = this.#effects.find(step);
    if (effects.length < 2) return effects[0];
    const open = effects.filter((effect) => !this.#made.has(effect));
    return open.find((effect) => this.#slots.fits(step, effect)) ?? open[0] ?? effects[0];
  }

  #call(step: CallStep, effect: CallEffect): readonly Violation[] {
    const violations = [
      ...this.#sequence(effect),
      ...this.#privilege(effect),
      ...this.#kernel(step, effect),
      ...this.#held.after(effect),
    ];
    for (const deed of effect.undoes ?? []) this.#done.delete(deed);
    this.#done.add(deedKey(effect));
    this.#made.add(effect);
    return violations;
  }

  #did(deed: DeedName, of: CallEffect['of']): boolean {
    return [deed, deedKey({ deed, of })].some((key) => this.#done.has(key) || this.#inherited.has(key));
  }

  #didAny(deed: DeedName): boolean {
    const is = (key: string): boolean => key === deed || key.startsWith(`${deed}: `);
    return [...this.#done, ...this.#inherited].some(is);
  }

  #sequence(effect: CallEffect): readonly Violation[] {
    const { after = [], before = [], order = 'step-order', of } = effect;
    const late = before.filter((deed) => this.#didAny(deed));
    const early = after.filter((deed) => !this.#did(deed, of));
    const violations: Violation[] = [
      ...early.map((deed) => ({ invariant: order, message: `it comes before '${deed}'` })),
      ...late.map((deed) => ({ invariant: order, message: `it comes after '${deed}'` })),
    ];
    if (effect.repeats !== true && this.#made.has(effect))
      violations.push({ invariant: 'known-step', message: 'the process has done it already' });
    return violations;
  }

  #privilege(effect: CallEffect): readonly Violation[] {
    const { needs, within } = effect;
    const { effective } = this.#credentials;
    const violations: Violation[] = [];
    const refusal = needs && this.#credentials.lacks(demandedCapability(effect));
    if (refusal !== undefined)
      violations.push({ invariant: 'kernel-refuses', message: `the kernel would refuse: ${refusal}` });
    const allowed = within ?? (needs && [needs]);
    const extra =
      allowed === undefined ? 0n : effective & ~capabilitySet(allowed.map(({ capability }) => capability));
    if (extra !== 0n)
      violations.push({
        invariant: 'least-privilege',
        message: `the effective set holds ${capabilityText(extra)} as well`,
      });
    return violations;
  }

  #kernel(step: CallStep, { kernel }: CallEffect): readonly Violation[] {
    if (kernel === undefined) return [];
    if (step.expect.kind === 'errno') {
      if (kernel(this.#credentials.clone(), step) !== undefined) return [];
      return [{ invariant: 'kernel-refuses', message: 'the kernel would not refuse this' }];
    }
    const refusal = kernel(this.#credentials, step);
    if (refusal === undefined) return [];
    return [{ invariant: 'kernel-refuses', message: `the kernel would refuse: ${refusal}` }];
  }
}

function missed(name: DeedName, missing: readonly CallEffect[]): Violation {
  const of = missing.filter(({ deed }) => deed === name).flatMap((effect) => effect.of ?? []);
  const { invariant, missing: message } = DEEDS[name];
  return { invariant, message: of.length === 0 ? message : `${message}: ${of.join(', ')}` };
}
