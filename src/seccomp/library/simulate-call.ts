import { AUDIT_ARCH } from '../../kernel/architecture.ts';
import type { Action } from '../action.ts';
import { decodeAction } from '../action-value.ts';
import type { Program } from '../bpf/instruction.ts';
import { simulate } from '../bpf/simulate.ts';
import { callNumber } from '../call-number.ts';

/** One system call, as a filter is asked about it. */
export interface Call {
  /** The kernel's name of the call, or its number on the program's architecture. */
  readonly call: string | number;
  /** The registers, at most six; those left out are 0. A negative number is taken as in C: -1 is all ones. */
  readonly args?: readonly (bigint | number)[];
  /** The address behind the instruction that makes the call; 0 if left out. */
  readonly instructionPointer?: bigint;
}

/**
 * Returns the kernel's action for a call under a program, which is run as the kernel runs it. Throws a RangeError for a name
 * that the architecture does not have.
 */
export function simulateCall(program: Program, { call, args = [], instructionPointer }: Call): Action {
  const number = typeof call === 'number' ? call : callNumber(call, program.architecture);
  if (number === undefined) throw new RangeError(`${program.architecture} has no system call '${call}'`);
  return decodeAction(
    simulate(program, {
      arch: AUDIT_ARCH[program.architecture],
      nr: number >>> 0,
      args: args.map((value) => BigInt.asUintN(64, BigInt(value))),
      ...(instructionPointer === undefined ? {} : { instructionPointer }),
    }),
  );
}
