import { ErrnoError } from '../host/libc.ts';
import { ConfineError, type ConfineStep } from './confine-error.ts';

/**
 * Does one thing of a step; when the kernel refuses, the error names the step and, if there is one, the fix.
 */
export function inStep<Value>(step: ConfineStep, act: () => Value, fix?: string): Value {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof ErrnoError)) throw error;
    const help = fix === undefined ? '' : ` (${fix})`;
    throw new ConfineError(step, `${error.call} failed${help}`, { errno: error.errno });
  }
}
