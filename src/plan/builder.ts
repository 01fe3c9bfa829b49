import type { Architecture } from '../kernel/architecture.ts';
import { constantValue } from '../kernel/constants.ts';
import { errnoOf } from '../kernel/errno.ts';
import { syscallNumber } from '../kernel/system-calls.ts';
import type { Span } from '../policy/diagnostic.ts';
import { type Data, stringData } from './data.ts';
import type { CallStep, Check, Expectation, Operand, Phase, Role, Slot, Step } from './step.ts';

/** An argument as a caller writes it: a number, names of constants joined by `|`, or an operand. */
export type Argument = number | bigint | string | Operand;

export interface CallOptions {
  readonly why: string;
  readonly source?: Span | undefined;
  readonly roles?: readonly Role[];
  /** Default: the result must be 0. */
  readonly expect?: Expectation;
  readonly tolerate?: readonly string[];
  readonly store?: Slot;
  readonly checks?: readonly Check[];
}

export const NOT_NEGATIVE: Expectation = { kind: 'not-negative' };

export function equal(value: number | bigint): Expectation {
  return { kind: 'equal', value: BigInt(value) };
}

export function fails(name: string): Expectation {
  return { kind: 'errno', errno: errnoOf(name), name };
}

export function slot(name: Slot): Operand {
  return { kind: 'slot', slot: name, text: name };
}

export function data(value: Data, text: string): Operand {
  return { kind: 'data', data: value, text };
}

export function text(value: string): Operand {
  return { kind: 'data', data: stringData(value), text: JSON.stringify(value) };
}

/** A number that reads better as something else. */
export function value(number: number | bigint, readable: string): Operand {
  return { kind: 'value', value: BigInt.asUintN(64, BigInt(number)), text: readable };
}

/** The bits of constants joined by `|`. */
export function constantsOf(names: string, architecture: Architecture): bigint {
  return names.split('|').reduce((bits, name) => {
    const bit = constantValue(name, architecture);
    if (bit === undefined) throw new Error(`no constant is called ${name}`);
    return bits | bit;
  }, 0n);
}

export function operandOf(argument: Argument, architecture: Architecture): Operand {
  switch (typeof argument) {
    case 'string':
      return value(constantsOf(argument, architecture), argument);
    case 'number':
    case 'bigint':
      return value(argument, String(argument));
    default:
      return argument;
  }
}

/** Collects the steps of one plan, in order. One instance a plan; the functions of each concern add to it. */
export class PlanBuilder {
  readonly architecture: Architecture;
  readonly #steps: Step[] = [];
  #phase: Phase = 'prepare';
  #roles: readonly Role[] = ['outer'];

  /** The role that becomes the service or its parent: the inner gate where there is one. */
  readonly serviceRole: Role;

  constructor(architecture: Architecture, serviceRole: Role) {
    this.architecture = architecture;
    this.serviceRole = serviceRole;
  }

  get steps(): readonly Step[] {
    return Object.freeze(this.#steps.map((step) => Object.freeze(step)));
  }

  get phase(): Phase {
    return this.#phase;
  }

  get roles(): readonly Role[] {
    return this.#roles;
  }

  /** Starts a phase: the steps that follow belong to it and, unless a call names other roles, to these roles. */
  enter(phase: Phase, roles: readonly Role[]): void {
    this.#phase = phase;
    this.#roles = roles;
  }

  /** The bits of constants joined by `|`. */
  constant(names: string): bigint {
    return constantsOf(names, this.architecture);
  }

  call(name: string, args: readonly Argument[], options: CallOptions): void {
    const number = syscallNumber(name, this.architecture);
    if (number === undefined) throw new Error(`${this.architecture} has no system call ${name}`);
    const step: CallStep = {
      verb: 'call',
      phase: this.#phase,
      roles: options.roles ?? this.#roles,
      call: name,
      number,
      operands: args.map((argument) => operandOf(argument, this.architecture)),
      expect: options.expect ?? equal(0),
      tolerate: (options.tolerate ?? []).map((errno) => ({ errno: errnoOf(errno), name: errno })),
      store: options.store,
      checks: options.checks ?? [],
      why: options.why,
      source: options.source,
    };
    this.#steps.push(step);
  }

  /** A step that is no system call; phase and roles are the current ones. */
  verb(step: DistributiveOmit<Exclude<Step, CallStep>, 'phase' | 'roles'>): void {
    this.#steps.push({ ...step, phase: this.#phase, roles: this.#roles } as Step);
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
