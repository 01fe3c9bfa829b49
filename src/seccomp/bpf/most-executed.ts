import { OFFSET_ARCH, OFFSET_NR, type Program } from './instruction.ts';
import { operationOf } from './operation.ts';
import { branchHolds } from './simulate.ts';

/** A call of which only the machine and the number are known. */
interface NumberedCall {
  readonly arch: number;
  readonly nr: number;
}

/**
 * Returns the most instructions that a program executes for a call number, for any arguments and any place of the call. It is
 * the longest of the ways that the number and the machine leave open.
 */
export function mostExecuted(program: Pick<Program, 'instructions'>, call: NumberedCall): number {
  return new LongestWay(program, call).from(0, undefined);
}

class LongestWay {
  readonly #instructions: Program['instructions'];
  readonly #call: NumberedCall;
  readonly #known = new Map<string, number>();

  constructor({ instructions }: Pick<Program, 'instructions'>, call: NumberedCall) {
    this.#instructions = instructions;
    this.#call = call;
  }

  /** @param accumulator `undefined`: it depends on unknown data */
  from(start: number, accumulator: number | undefined): number {
    const key = `${start} ${accumulator}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = this.#walk(start, accumulator);
    this.#known.set(key, found);
    return found;
  }

  #walk(start: number, before: number | undefined): number {
    let accumulator = before;
    let executed = 0;
    for (let next = start; ; next += 1) {
      const instruction = this.#instructions[next];
      if (instruction === undefined) throw new RangeError(`the program runs past its end at ${next}`);
      executed += 1;
      const { k, jt, jf } = instruction;
      const operation = operationOf(instruction.code);
      switch (operation?.kind) {
        case 'return':
          return executed;
        case 'jump':
          next += k;
          break;
        case 'branch': {
          const ways = [next + 1 + jt, next + 1 + jf] as const;
          if (accumulator === undefined || operation.operand !== 'k')
            return executed + Math.max(...ways.map((way) => this.from(way, accumulator)));
          next += branchHolds(operation.test, accumulator, k) ? jt : jf;
          break;
        }
        case 'load':
          if (operation.register === 'A') accumulator = operation.from === 'call' ? this.#word(k) : undefined;
          break;
        case 'compute': {
          const masks = operation.operator === '&' && operation.operand === 'k';
          accumulator = masks && accumulator !== undefined ? (accumulator & k) >>> 0 : undefined;
          break;
        }
        case 'store':
          break;
        case 'copy':
          if (operation.to === 'A') accumulator = undefined;
          break;
        default:
          accumulator = undefined;
      }
    }
  }

  #word(offset: number): number | undefined {
    if (offset === OFFSET_NR) return this.#call.nr;
    return offset === OFFSET_ARCH ? this.#call.arch : undefined;
  }
}
