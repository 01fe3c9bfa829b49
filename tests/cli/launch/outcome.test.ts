import { expect, test } from 'vitest';
import { next, reached, stopped, valueIn } from '../../../src/cli/launch/outcome.ts';
import type { Diagnostic } from '../../../src/policy/diagnostic.ts';

const problem = (code: string): Diagnostic => ({
  code,
  severity: 'warning',
  message: code,
  span: undefined,
  help: undefined,
});

test('a stage goes on with what the one before has reached, and problems add up', () => {
  const outcome = next(reached(2, [problem('first')]), (value) => reached(value * 3, [problem('second')]));
  expect(outcome).toEqual(reached(6, [problem('first'), problem('second')]));
  expect(valueIn(outcome)).toBe(6);
});

test('a stage that stops ends the way, with the problems of all stages', () => {
  const outcome = next(reached(2, [problem('first')]), () => stopped([problem('second')]));
  expect(outcome).toEqual(stopped([problem('first'), problem('second')]));
  expect(valueIn(outcome)).toBeUndefined();
});

test('no stage comes after the one that stopped', () => {
  const end = stopped([problem('first')]);
  const outcome = next(end, () => {
    throw new Error('another stage');
  });
  expect(outcome).toBe(end);
});
