import { describe, expect, test } from 'vitest';
import { data } from '../../../src/plan/builder.ts';
import { checkPlan } from '../../../src/plan/check/check-plan.ts';
import { structData } from '../../../src/plan/data.ts';
import { hostProblems } from '../../../src/plan/host-problems.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { stepText } from '../../../src/plan/print.ts';
import type { CallStep } from '../../../src/plan/step.ts';
import { NOBODY, type SampleOptions, sampleFacts, samplePlan, samplePolicy } from '../../support/policy.ts';
import { changed, insertedAfter, numberOf, stepAt, without } from '../support/edit-plan.ts';

const WRAPPED: SampleOptions = { policy: { listen: [], stderr: 'null' }, shape: 'wrap' };
const wrapped = samplePlan(WRAPPED);

function optionOf(descriptor: number): string {
  return `setsockopt(${descriptor}, SOL_SOCKET, SO_PASSRIGHTS, 0, 4)`;
}

function tolerated(kernelRelease: string): readonly (readonly string[])[] {
  const plan = samplePlan({ ...WRAPPED, facts: { kernelRelease } });
  return [0, 1, 2].map((descriptor) =>
    (stepAt(plan, optionOf(descriptor)) as CallStep).tolerate.map(({ name }) => name),
  );
}

describe('a wrapped program receives no descriptor of a peer', () => {
  test('over any of the three that it inherits, and only what is no UNIX socket is let pass', () => {
    const others = ['EBADF', 'ENOTSOCK', 'EOPNOTSUPP'];
    expect(tolerated('6.16.0')).toEqual([others, others, others]);
    expect(tolerated('6.15.9-amd64')).toEqual(new Array(3).fill([...others, 'ENOPROTOOPT']));
  });

  test('a service that accepts inherits no socket', () => {
    const served = samplePlan().steps.map(stepText).join('\n');
    expect(served).not.toContain('SO_PASSRIGHTS');
    expect(served).not.toContain('queue');
  });

  test.each([0, 1, 2])('the queue of %i is looked into once nothing more can be sent', (descriptor) => {
    const option = optionOf(descriptor);
    const queue = `queue ${descriptor}`;
    expect(checkPlan(wrapped)).toEqual([]);
    expect(numberOf(wrapped, queue)).toBeGreaterThan(numberOf(wrapped, option));
    const on = data(structData([[4, 1]]), '1');
    const { operands } = stepAt(wrapped, option) as CallStep;
    const early = insertedAfter(without(wrapped, queue), 'dup3(2, 8', stepAt(wrapped, queue));
    const broken: readonly (readonly [string, Plan])[] = [
      ['inheritance', without(wrapped, option)],
      ['shape', without(wrapped, queue)],
      ['step-order', early],
      ['known-step', changed(wrapped, option, { operands: operands.with(3, on) })],
    ];
    for (const [invariant, plan] of broken)
      expect(checkPlan(plan).map((problem) => problem.invariant)).toContain(invariant);
  });
});

describe('a kernel that cannot refuse them', () => {
  const problems = (kernelRelease: string, shape: 'wrap' | 'serve'): readonly string[] =>
    hostProblems({
      policy: samplePolicy(shape === 'wrap' ? WRAPPED.policy : {}),
      identity: NOBODY,
      facts: sampleFacts({ kernelRelease }),
      unprivileged: false,
      shape,
      caller: {},
    }).map(({ severity, message }) => `${severity}: ${message}`);

  test('is told of, where a program is wrapped', () => {
    expect(problems('6.15.0', 'wrap')).toEqual([
      'note: this kernel, 6.15.0, cannot refuse descriptors that a peer sends over a UNIX socket; the program can receive them if it is handed one',
    ]);
    expect(problems('6.16.0', 'wrap')).toEqual([]);
    expect(problems('7.0.1-arch', 'wrap')).toEqual([]);
    expect(problems('6.15.0', 'serve')).toEqual([]);
  });
});
