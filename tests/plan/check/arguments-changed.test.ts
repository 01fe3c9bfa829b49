import { expect, test } from 'vitest';
import type { Architecture } from '../../../src/kernel/architecture.ts';
import { syscallNumber } from '../../../src/kernel/system-calls.ts';
import { checkPlan } from '../../../src/plan/check/check-plan.ts';
import type { Data } from '../../../src/plan/data.ts';
import { stepText } from '../../../src/plan/print.ts';
import type { CallStep, Operand, Role, Step } from '../../../src/plan/step.ts';
import { distinctSteps, replacedNumber } from '../support/edit-plan.ts';
import { SAMPLE_PLANS } from '../support/sample-plans.ts';

interface Change {
  readonly what: string;
  readonly step: Step;
}

/** Bits that mean something to one call or another, and all of them. */
const NUMBERS = [0n, 1n, 2n, 4n, 0x1000n, 0x1000_0000n, 0xffff_ffffn, 0xffff_ffff_ffff_ffffn];
const SLOTS = ['null', 'ruleset', 'epoll', 'page', 'connection', 'log', 'other'];

function otherValues(value: bigint): readonly bigint[] {
  const others = [...NUMBERS, value + 1n, value - 1n, ...NUMBERS.map((bits) => value ^ bits)];
  const distinct = new Set(others.map((other) => BigInt.asUintN(64, other)));
  return [...distinct].filter((other) => other !== value);
}

/** A byte changed, the last one cut, another slot in a field that is filled in at launch. */
function otherData(data: Data): readonly Data[] {
  const { bytes, patches } = data;
  const isPatched = (place: number): boolean =>
    patches.some(({ offset, width }) => place >= offset && place < offset + width);
  const places = [0, Math.floor(bytes.length / 2), bytes.length - 1].filter(
    (place) => bytes[place] !== undefined && !isPatched(place),
  );
  return [
    ...places.map((place) => ({
      patches,
      bytes: bytes.map((byte, at) => (at === place ? byte ^ 1 : byte)),
    })),
    { patches, bytes: bytes.slice(0, -1) },
    ...patches.map((patch) => ({
      bytes,
      patches: [{ ...patch, source: { kind: 'slot', slot: 'other' } } as const],
    })),
  ];
}

function otherOperands(operand: Operand): readonly Operand[] {
  const number = (value: bigint): Operand => ({ kind: 'value', value, text: String(value) });
  const slot = (name: string): Operand => ({ kind: 'slot', slot: name, text: name });
  switch (operand.kind) {
    case 'value':
      return [...otherValues(operand.value).map(number), slot('ruleset')];
    case 'data':
      return [
        ...otherData(operand.data).map((data): Operand => ({ kind: 'data', data, text: 'other data' })),
        number(0n),
      ];
    case 'slot':
      return SLOTS.filter((name) => name !== operand.slot).map(slot);
  }
}

function changedOperands(step: CallStep): readonly Change[] {
  const { operands } = step;
  const replaced = operands.flatMap((operand, at) =>
    otherOperands(operand).map((other) => ({
      what: `argument ${at} is ${other.text}`,
      step: { ...step, operands: operands.map((old, index) => (index === at ? other : old)) },
    })),
  );
  const more: Operand = { kind: 'value', value: 0n, text: '0' };
  const last = operands.length === 0 ? [] : [operands.slice(0, -1)];
  return [
    ...replaced,
    ...[[...operands, more], ...last].map((others) => ({
      what: `${others.length} arguments`,
      step: { ...step, operands: others },
    })),
  ];
}

function changedAnswers(step: CallStep): readonly Change[] {
  const change = (what: string, parts: Partial<CallStep>): Change => ({ what, step: { ...step, ...parts } });
  const { expect: wanted, checks } = step;
  const [first, ...rest] = checks;
  return [
    change('another answer', {
      expect: { kind: 'equal', value: wanted.kind === 'equal' ? wanted.value + 1n : 0n },
    }),
    change('another error', { expect: { kind: 'errno', errno: 2, name: 'ENOENT' } }),
    change('one error more', { tolerate: [...step.tolerate, { errno: 1, name: 'EPERM' }] }),
    change('it is stored', { store: 'other' }),
    ...(wanted.kind === 'not-negative' ? [] : [change('any answer', { expect: { kind: 'not-negative' } })]),
    ...(first === undefined
      ? []
      : [
          change('nothing is compared', { checks: [] }),
          change('another is found', { checks: [{ ...first, equals: first.equals + 1n }, ...rest] }),
          change('no bit counts', { checks: [{ ...first, mask: 0n }, ...rest] }),
        ]),
  ];
}

function changedCall(step: CallStep, architecture: Architecture): readonly Change[] {
  const number = syscallNumber('setns', architecture) ?? 0;
  return [
    ...changedOperands(step),
    ...changedAnswers(step),
    { what: 'the number of setns', step: { ...step, number } },
  ];
}

/** Other phases and other processes. */
function displaced(step: Step): readonly Change[] {
  const phases = (['prepare', 'confine', 'session'] as const).filter((phase) => phase !== step.phase);
  const roles: readonly (readonly Role[])[] = [
    ['outer'],
    ['inner'],
    ['session'],
    ['outer', 'inner'],
    ['outer', 'inner', 'session'],
    [],
  ];
  return [
    ...phases.map((phase) => ({ what: `phase ${phase}`, step: { ...step, phase } })),
    ...roles
      .filter((others) => others.join() !== step.roles.join())
      .map((others) => ({ what: `processes ${others.join(' ')}`, step: { ...step, roles: others } })),
  ];
}

/** A step that several plans have in common is tried in the first. */
const tried = new Set<string>();

test.each(SAMPLE_PLANS)('every argument and answer counts in the plan of %s', (_, plan) => {
  const passed = distinctSteps(plan).flatMap((number) => {
    const step = plan.steps[number];
    if (step === undefined) return [];
    const key = `${plan.shape} ${step.phase} ${step.roles.join()} ${stepText(step)}`;
    if (tried.has(key)) return [];
    tried.add(key);
    const changes = [
      ...(step.verb === 'call' ? changedCall(step, plan.architecture) : []),
      ...displaced(step),
    ];
    return changes
      .filter((change) => checkPlan(replacedNumber(plan, number, change.step)).length === 0)
      .map(({ what }) => `${stepText(step)}: ${what}`);
  });
  expect(passed).toEqual([]);
});
