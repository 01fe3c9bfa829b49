import { type Data, readField } from '../data.ts';
import type { CallStep } from '../step.ts';

/** An argument that is a number; zero when it is none. */
export function numberOf(step: CallStep, index: number): bigint {
  const operand = step.operands[index];
  return operand?.kind === 'value' ? operand.value : 0n;
}

/** An argument that points at data of the image. */
export function dataOf(step: CallStep, index: number): Data | undefined {
  const operand = step.operands[index];
  return operand?.kind === 'data' ? operand.data : undefined;
}

/** The first `count` 32-bit words. */
export function wordsOf(data: Data | undefined, count: number): readonly number[] {
  return data === undefined
    ? []
    : Array.from({ length: count }, (_, index) => Number(readField(data, 4 * index, 4)));
}
