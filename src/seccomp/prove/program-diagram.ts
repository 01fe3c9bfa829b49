import type { Program } from '../bpf/instruction.ts';
import type { Diagram, Diagrams } from './diagram.ts';
import { type LiveSet, liveBefore } from './live-registers.ts';
import { type MachineState, MachineStates } from './machine-states.ts';
import { type Operation, operationOf } from './operation.ts';
import { SymbolicValues } from './symbolic-values.ts';
import { TooLargeToProveError } from './too-large.ts';

/** Sixteen states at each instruction of the longest program; compiled filters have hardly more than one. */
const MOST_POINTS = 1 << 16;

/** One instruction in one state. */
interface Point {
  /** The ways that follow; `undefined`: the program ends here. */
  ways: { readonly test: Diagram; readonly whenTrue: Point; readonly whenFalse: Point } | undefined;
  /** The answer of the program from here on. A point with ways has it once those behind it are known. */
  answer: Diagram;
}

/**
 * Returns a program's answer to every call, by running it once with unknown data. Each instruction is looked at once for each
 * state in which it can be reached. States that differ only in values that are no longer read are one.
 *
 * @throws RangeError for a program that the kernel refuses; `TooLargeToProveError`
 */
export function programDiagram(diagrams: Diagrams, program: Program): Diagram {
  return new Execution(diagrams, program).answer();
}

class Execution {
  readonly #diagrams: Diagrams;
  readonly #values: SymbolicValues;
  readonly #states: MachineStates;
  readonly #operations: readonly Operation[];
  readonly #live: readonly LiveSet[];
  /** For each instruction its points, by their states. */
  readonly #reached: readonly Map<MachineState, Point>[];
  #count = 0;

  constructor(diagrams: Diagrams, { instructions }: Program) {
    this.#diagrams = diagrams;
    this.#values = new SymbolicValues(diagrams);
    this.#states = new MachineStates(this.#values);
    this.#operations = instructions.map(operationOf);
    this.#live = liveBefore(this.#operations);
    this.#reached = instructions.map(() => new Map());
  }

  answer(): Diagram {
    const first = this.#point(0, this.#states.first);
    this.#operations.forEach((operation, index) => {
      for (const [state, point] of this.#reached[index] ?? []) this.#step(operation, index, state, point);
    });
    for (const points of [...this.#reached].reverse()) {
      for (const point of points.values()) this.#settle(point);
    }
    return first.answer;
  }

  /** The diagram of a point, when those of its ways on are known. */
  #settle(point: Point): void {
    if (point.ways === undefined) return;
    const { test, whenTrue, whenFalse } = point.ways;
    point.answer = this.#diagrams.choose(test, whenTrue.answer, whenFalse.answer);
  }

  #point(index: number, before: MachineState): Point {
    const points = this.#reached[index];
    if (points === undefined) throw new RangeError(`the program runs past its end at ${index}`);
    const state = this.#states.onlyLive(before, this.#live[index] ?? 0);
    const known = points.get(state);
    if (known !== undefined) return known;
    this.#count += 1;
    if (this.#count > MOST_POINTS) throw new TooLargeToProveError(`${MOST_POINTS} states of the program`);
    const point = ending(this.#diagrams.never);
    points.set(state, point);
    return point;
  }

  #step(operation: Operation, index: number, state: MachineState, point: Point): void {
    const diagrams = this.#diagrams;
    const states = this.#states;
    const values = this.#values;
    const goOn = (next: MachineState, skip = 0): void => {
      const way = this.#point(index + 1 + skip, next);
      point.ways = { test: diagrams.always, whenTrue: way, whenFalse: way };
    };
    switch (operation.kind) {
      case 'load':
        goOn(states.withRegister(state, operation.into, states.read(state, operation.from)));
        break;
      case 'store':
        goOn(states.withCell(state, operation.cell, state[operation.from]));
        break;
      case 'negate':
        goOn(states.withRegister(state, 'a', values.negate(state.a)));
        break;
      case 'jump':
        goOn(state, operation.skip);
        break;
      case 'calculate':
        this.#calculate(operation, index, state, point);
        break;
      case 'branch':
        this.#branch(operation, index, state, point);
        break;
      case 'return':
        point.answer = values.answer(states.read(state, operation.value));
    }
  }

  /** A way that no call takes is not followed. */
  #branch(
    { test, operand, whenTrue, whenFalse }: Extract<Operation, { kind: 'branch' }>,
    index: number,
    state: MachineState,
    point: Point,
  ): void {
    const { always, never } = this.#diagrams;
    const holds = this.#values.test(test, state.a, this.#states.read(state, operand));
    const way = (skip: number): Point => this.#point(index + 1 + skip, state);
    const first = way(holds === never ? whenFalse : whenTrue);
    const second = holds === never || holds === always ? first : way(whenFalse);
    point.ways = { test: holds, whenTrue: first, whenFalse: second };
  }

  /** A division by 0 ends the program with the answer 0. */
  #calculate(
    { operator, operand }: Extract<Operation, { kind: 'calculate' }>,
    index: number,
    state: MachineState,
    point: Point,
  ): void {
    const diagrams = this.#diagrams;
    const states = this.#states;
    const values = this.#values;
    const second = states.read(state, operand);
    const result = values.calculate(operator, state.a, second);
    const next = this.#point(index + 1, states.withRegister(state, 'a', result));
    const isZero = operator === 'div' ? values.test('equal', second, values.zero) : diagrams.never;
    point.ways = { test: isZero, whenTrue: ending(diagrams.answer(0)), whenFalse: next };
  }
}

function ending(answer: Diagram): Point {
  return { ways: undefined, answer };
}
