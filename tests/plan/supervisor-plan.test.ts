import { expect, test } from 'vitest';
import { AUDIT_ARCH } from '../../src/kernel/architecture.ts';
import { syscallNumber } from '../../src/kernel/system-calls.ts';
import { compileSupervisorPlan } from '../../src/plan/supervisor-plan.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { SIGNAL_CALLS } from '../../src/seccomp/groups/signal-groups.ts';
import { simulate } from '../../src/seccomp/index.ts';
import { SUPERVISOR_POLICY } from '../../src/supervisor/policy.ts';
import { NOBODY, sampleFacts } from '../support/policy.ts';

const ERRNO_EPERM = 0x50001;

test('the supervisor is in the pid namespace of the host, so no group brings it signals to others', () => {
  const { policy } = parsePolicy(SUPERVISOR_POLICY, 'the supervisor', { requireListen: false });
  if (policy === undefined) throw new Error('it is no policy');
  expect(policy.landlock).toBe('required');
  const pipes = { first: 10, last: 11 };
  const { plan } = compileSupervisorPlan({ policy, facts: sampleFacts(), identity: NOBODY, pipes });
  const program = plan?.contract.programs.outer;
  if (program === undefined) throw new Error('its plan does not compile');
  const { architecture } = program;
  for (const call of SIGNAL_CALLS) {
    const nr = syscallNumber(call, architecture) ?? -1;
    const data = {
      arch: AUDIT_ARCH[architecture],
      nr,
      instructionPointer: 0n,
      args: [1n, 1n, 15n, 0n, 0n, 0n],
    };
    expect(simulate(program, data), call).toBe(ERRNO_EPERM);
  }
});
