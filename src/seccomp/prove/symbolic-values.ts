import type { Diagram, Diagrams } from './diagram.ts';
import type { Operator, Test } from './operation.ts';
import { PairTable } from './pair-table.ts';
import { firstLevel, WORDS } from './words.ts';

/** A 32-bit value that depends on the call; equal values are equal numbers. */
export type SymbolicValue = number;

/** Tests of a call, one for each bit of a value, the least significant first. */
type Bits = readonly Diagram[];

const WIDTH = 32;
const POSITIONS: readonly number[] = Array.from({ length: WIDTH }, (_, position) => position);

/** The possible contents of a filter's registers and scratch memory: each bit is a diagram. */
export class SymbolicValues {
  readonly zero: SymbolicValue;
  readonly #diagrams: Diagrams;
  readonly #pairs = new PairTable();
  readonly #bits = new Map<SymbolicValue, Bits>();
  readonly #words: readonly SymbolicValue[];

  constructor(diagrams: Diagrams) {
    this.#diagrams = diagrams;
    this.zero = this.constant(0);
    this.#words = Array.from({ length: WORDS }, (_, word) =>
      this.#intern(POSITIONS.map((position) => diagrams.bit(firstLevel(word) + 31 - position))),
    );
  }

  constant(value: number): SymbolicValue {
    const { always, never } = this.#diagrams;
    return this.#intern(POSITIONS.map((position) => (((value >>> position) & 1) === 1 ? always : never)));
  }

  word(word: number): SymbolicValue {
    return this.#words[word] ?? this.zero;
  }

  /** As the kernel calculates: modulo 2^32, without signs, shifts by the last five bits. The divisor is not 0. */
  calculate(operator: Operator, first: SymbolicValue, second: SymbolicValue): SymbolicValue {
    const [a, b] = [this.#of(first), this.#of(second)];
    return this.#intern(this.#calculated(operator, a, b));
  }

  negate(value: SymbolicValue): SymbolicValue {
    return this.calculate('sub', this.zero, value);
  }

  /** Returns a diagram of the calls for which a test of two values holds. */
  test(test: Test, first: SymbolicValue, second: SymbolicValue): Diagram {
    const diagrams = this.#diagrams;
    const [a, b] = [this.#of(first), this.#of(second)];
    switch (test) {
      case 'equal':
        return zip(a, b).reduce(
          (rest, [bit, other]) =>
            diagrams.choose(bit, diagrams.and(other, rest), diagrams.and(diagrams.not(other), rest)),
          diagrams.always,
        );
      case 'greater':
        return this.#exceeds(a, b, diagrams.never);
      case 'greater-equal':
        return this.#exceeds(a, b, diagrams.always);
      case 'set':
        return zip(a, b).reduce(
          (rest, [bit, other]) => diagrams.or(diagrams.and(bit, other), rest),
          diagrams.never,
        );
    }
  }

  /** A diagram that answers with the value itself. */
  answer(value: SymbolicValue): Diagram {
    const diagrams = this.#diagrams;
    return this.#of(value).reduce((rest, bit, position) => {
      if (bit === diagrams.never) return rest;
      const set = diagrams.map((answer) => answer | (1 << position), rest);
      return diagrams.choose(bit, set, rest);
    }, diagrams.answer(0));
  }

  #calculated(operator: Operator, a: Bits, b: Bits): Bits {
    const diagrams = this.#diagrams;
    switch (operator) {
      case 'and':
        return zip(a, b).map(([bit, other]) => diagrams.and(bit, other));
      case 'or':
        return zip(a, b).map(([bit, other]) => diagrams.or(bit, other));
      case 'xor':
        return zip(a, b).map(([bit, other]) => diagrams.xor(bit, other));
      case 'add':
        return this.#sum(a, b, diagrams.never);
      case 'sub':
        return this.#difference(a, b);
      case 'mul':
        return b.reduce(
          (sum: Bits, bit, position) =>
            bit === diagrams.never
              ? sum
              : this.#sum(sum, this.#gated(bit, shifted(a, position, diagrams.never)), diagrams.never),
          POSITIONS.map(() => diagrams.never),
        );
      case 'div':
        return this.#quotient(a, b);
      case 'lsh':
      case 'rsh':
        return [1, 2, 4, 8, 16].reduce((value: Bits, distance, step) => {
          const moved = shifted(value, operator === 'lsh' ? distance : -distance, diagrams.never);
          return this.#chosen(b[step] ?? diagrams.never, moved, value);
        }, a);
    }
  }

  #sum(a: Bits, b: Bits, carryIn: Diagram): Bits {
    const diagrams = this.#diagrams;
    let carry = carryIn;
    return zip(a, b).map(([bit, other]) => {
      const sum = diagrams.xor(diagrams.xor(bit, other), carry);
      carry = diagrams.choose(bit, diagrams.or(other, carry), diagrams.and(other, carry));
      return sum;
    });
  }

  #difference(a: Bits, b: Bits): Bits {
    return this.#sum(
      a,
      b.map((bit) => this.#diagrams.not(bit)),
      this.#diagrams.always,
    );
  }

  /** Long division: the remainder is below the divisor, so it has at most one bit more while it is doubled. */
  #quotient(a: Bits, b: Bits): Bits {
    const { never, always } = this.#diagrams;
    const divisor = [...b, never];
    let remainder: Bits = divisor.map(() => never);
    const quotient: Diagram[] = [];
    for (const bit of [...a].reverse()) {
      remainder = [bit, ...remainder.slice(0, -1)];
      const fits = this.#exceeds(remainder, divisor, always);
      remainder = this.#chosen(fits, this.#difference(remainder, divisor), remainder);
      quotient.unshift(fits);
    }
    return quotient;
  }

  #exceeds(a: Bits, b: Bits, whenEqual: Diagram): Diagram {
    const diagrams = this.#diagrams;
    return zip(a, b).reduce(
      (rest, [bit, other]) =>
        diagrams.choose(
          bit,
          diagrams.choose(other, rest, diagrams.always),
          diagrams.choose(other, diagrams.never, rest),
        ),
      whenEqual,
    );
  }

  #chosen(test: Diagram, then: Bits, otherwise: Bits): Bits {
    return zip(then, otherwise).map(([yes, no]) => this.#diagrams.choose(test, yes, no));
  }

  #gated(test: Diagram, bits: Bits): Bits {
    return bits.map((bit) => this.#diagrams.and(test, bit));
  }

  #of(value: SymbolicValue): Bits {
    const bits = this.#bits.get(value);
    if (bits === undefined) throw new RangeError(`${value} is no value of this proof`);
    return bits;
  }

  #intern(bits: Bits): SymbolicValue {
    const value = bits.reduce((number, bit) => this.#pairs.of(number, bit), 0);
    this.#bits.set(value, bits);
    return value;
  }
}

function zip(a: Bits, b: Bits): readonly (readonly [Diagram, Diagram])[] {
  return a.map((bit, position) => [bit, b[position] ?? bit]);
}

/** To more significant places for a positive distance, to less significant ones for a negative one. */
function shifted(bits: Bits, distance: number, empty: Diagram): Bits {
  return bits.map((_, position) => bits[position - distance] ?? empty);
}
