import type { Policy } from '../../policy/policy.ts';
import type { Filter } from '../../seccomp/index.ts';
import type { ExecGuard, GatedShape } from '../launch-mode.ts';
import type { OuterTask } from '../step.ts';
import { type AuditAccess, denialsOf } from './denials.ts';
import type { FilterClaim } from './filter-claim.ts';
import { gateFilters, mayTrace, outerFilter, withExec } from './gate-filter.ts';

/** Root of the host hears the kernel's audit. */
const ANY_AUDIT: AuditAccess = { kind: 'open' };

/** A way to launch a policy, by the privilege of the launcher, and the claims about its filters. */
export interface LaunchClaims {
  readonly launch: string;
  readonly claims: readonly FilterClaim[];
}

/** With CAP_SYS_RAWIO, page 0 marks the one exec and the gate's calls; without it the filter asks the gate. */
const WAYS = [
  { launch: 'with page 0', guarded: 'page-zero', mapsPageZero: true },
  { launch: 'without page 0', guarded: 'notification', mapsPageZero: false },
] as const;

/** The tasks that an outer gate may have in a launch of this shape or, as a standalone executable, of its twin. */
const TASKS: Readonly<Record<GatedShape, readonly OuterTask[]>> = {
  serve: ['wait', 'supervise'],
  standalone: ['wait', 'supervise'],
  wrap: ['forward'],
};

/**
 * Returns the claims that must be proved of a policy before any launch on any host; `filter` is the meaning of its
 * rules.
 */
export function launchClaims(policy: Policy, filter: Filter): readonly LaunchClaims[] {
  const shape: GatedShape = policy.listen.length === 0 ? 'wrap' : 'serve';
  const ways = WAYS.map(({ launch, guarded, mapsPageZero }) => {
    const kind = policy.exec === 'allow' ? 'none' : guarded;
    const whole = withExec(filter, policy, kind);
    const guard: ExecGuard =
      kind === 'notification' ? { kind } : { kind, callsFromPageZero: mapsPageZero && !mayTrace(whole) };
    const denials = denialsOf({ policy, filter: whole, guard, uid: undefined, audit: ANY_AUDIT });
    return {
      launch,
      claims: gateFilters(whole, policy, { shape, guard, denials }).claims,
      audits: denials.by === 'audit',
    };
  });
  const answers = [...new Set(ways.map(({ audits }) => audits))];
  const outer = TASKS[shape].flatMap((task) =>
    answers.map((audits) => outerFilter(filter.architecture, task, audits).claim),
  );
  return [
    ...ways.map(({ launch, claims }) => ({ launch, claims })),
    { launch: 'in every way', claims: outer },
  ];
}
