import type { Architecture } from '../../kernel/architecture.ts';
import { syscallNumber } from '../../kernel/system-calls.ts';
import { equal, operandOf } from '../builder.ts';
import type { Data } from '../data.ts';
import type { CallStep, Expectation, Operand, Role } from '../step.ts';
import { ANY_DATA, type CallEffect, type Found } from './call-effect.ts';

/** True if a step is the call that an effect describes, to the last bit that the kernel sees. */
export function isCall(step: CallStep, effect: CallEffect, architecture: Architecture): boolean {
  return (
    step.call === effect.call &&
    step.number === syscallNumber(step.call, architecture) &&
    step.phase === effect.phase &&
    sameRoles(step.roles, effect.roles) &&
    step.store === effect.store &&
    sameExpectation(step.expect, effect.expect ?? equal(0)) &&
    sameTexts(
      step.tolerate.map(({ name }) => name),
      effect.tolerate ?? [],
    ) &&
    sameOperands(step.operands, effect, architecture) &&
    findsAll(step, effect.finds ?? [])
  );
}

function sameRoles(left: readonly Role[], right: readonly Role[]): boolean {
  return sameTexts(left, right);
}

function sameTexts(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((text) => right.includes(text));
}

function sameExpectation(left: Expectation, right: Expectation): boolean {
  switch (left.kind) {
    case 'equal':
      return right.kind === 'equal' && left.value === right.value;
    case 'errno':
      return right.kind === 'errno' && left.errno === right.errno;
    case 'not-negative':
      return right.kind === 'not-negative';
  }
}

function sameOperands(operands: readonly Operand[], effect: CallEffect, architecture: Architecture): boolean {
  return (
    operands.length === effect.operands.length &&
    operands.every((operand, index) => {
      const wanted = effect.operands[index];
      if (wanted === undefined) return false;
      if (wanted === ANY_DATA) return operand.kind === 'data';
      return sameOperand(operand, operandOf(wanted, architecture));
    })
  );
}

function sameOperand(left: Operand, right: Operand): boolean {
  switch (left.kind) {
    case 'value':
      return right.kind === 'value' && left.value === right.value;
    case 'slot':
      return right.kind === 'slot' && left.slot === right.slot;
    case 'data':
      return right.kind === 'data' && sameData(left.data, right.data);
  }
}

function sameData(left: Data, right: Data): boolean {
  return (
    left.bytes.length === right.bytes.length &&
    left.bytes.every((byte, index) => byte === right.bytes[index]) &&
    left.patches.length === right.patches.length &&
    left.patches.every((patch, index) => {
      const other = right.patches[index];
      if (other === undefined || patch.offset !== other.offset || patch.width !== other.width) return false;
      const [from, to] = [patch.source, other.source];
      if (from.kind === 'slot') return to.kind === 'slot' && from.slot === to.slot;
      return to.kind === 'data' && sameData(from.data, to.data);
    })
  );
}

function findsAll(step: CallStep, finds: readonly Found[]): boolean {
  return (
    step.checks.length === finds.length &&
    finds.every(({ operand, offset, width, mask, equals }) => {
      const read = step.operands[operand];
      return step.checks.some(
        (check) =>
          read?.kind === 'data' &&
          check.data === read.data &&
          check.offset === offset &&
          check.width === width &&
          check.mask === mask &&
          check.equals === equals,
      );
    })
  );
}
