import type { Policy } from '../../policy/policy.ts';
import type { Filter } from '../../seccomp/index.ts';
import type { PlanShape } from '../plan.ts';
import type { OuterTask } from '../step.ts';
import type { FilterClaim } from './filter-claim.ts';
import { type ExecGuard, gateFilters, mayTrace, outerFilter, withExec } from './gate-filter.ts';

/** A way to launch a policy, by what whoever launches it may do, and what has to be true of its filters. */
export interface LaunchClaims {
  readonly launch: string;
  readonly claims: readonly FilterClaim[];
}

interface Way {
  readonly launch: string;
  readonly guard: ExecGuard;
  readonly mapsPageZero: boolean;
}

/** With CAP_SYS_RAWIO page 0 tells the one exec and the gate's calls; without it the gate is asked. */
function ways({ exec }: Policy): readonly Way[] {
  const [privileged, unprivileged]: readonly ExecGuard[] =
    exec === 'allow' ? ['none', 'none'] : ['page-zero', 'notification'];
  return [
    { launch: 'with page 0', guard: privileged ?? 'none', mapsPageZero: true },
    { launch: 'without page 0', guard: unprivileged ?? 'none', mapsPageZero: false },
  ];
}

/** What has to be proved of a policy before any launch, whatever the host; `filter` is what its rules mean. */
export function launchClaims(policy: Policy, filter: Filter): readonly LaunchClaims[] {
  const inherited = policy.listen.length === 0;
  const shape: PlanShape = inherited ? 'wrap' : 'serve';
  const tasks: readonly OuterTask[] = inherited ? ['forward'] : ['wait', 'supervise'];
  const outer = tasks.map((task) => outerFilter(filter.architecture, task).claim);
  return [
    ...ways(policy).map(({ launch, guard, mapsPageZero }) => {
      const whole = withExec(filter, policy, guard);
      return {
        launch,
        claims: gateFilters(whole, guard, shape, mapsPageZero && !mayTrace(whole)).claims,
      };
    }),
    { launch: 'in every way', claims: outer },
  ];
}
