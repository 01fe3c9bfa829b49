import { isCellLive, isLive, type LiveSet } from './live-registers.ts';
import type { Register, Source } from './operation.ts';
import { PairTable } from './pair-table.ts';
import type { SymbolicValue, SymbolicValues } from './symbolic-values.ts';

/** The registers and the scratch memory at one place of a program; equal states are one object. */
export interface MachineState {
  readonly a: SymbolicValue;
  readonly x: SymbolicValue;
  readonly cells: readonly SymbolicValue[];
}

const CELLS = 16;

/** The states of a program. Values that are no longer read count as 0, so that states differ only where it matters. */
export class MachineStates {
  /** As the kernel starts a program. */
  readonly first: MachineState;
  readonly #values: SymbolicValues;
  readonly #pairs = new PairTable();
  readonly #states = new Map<number, MachineState>();
  readonly #empty: readonly SymbolicValue[];

  constructor(values: SymbolicValues) {
    this.#values = values;
    this.#empty = new Array(CELLS).fill(values.zero);
    this.first = this.#intern({ a: values.zero, x: values.zero, cells: this.#empty });
  }

  read(state: MachineState, source: Source): SymbolicValue {
    switch (source.kind) {
      case 'constant':
        return this.#values.constant(source.value);
      case 'word':
        return this.#values.word(source.word);
      case 'cell':
        return state.cells[source.cell] ?? this.#values.zero;
      case 'register':
        return state[source.register];
    }
  }

  withRegister(state: MachineState, register: Register, value: SymbolicValue): MachineState {
    return this.#intern({ ...state, [register]: value });
  }

  withCell(state: MachineState, cell: number, value: SymbolicValue): MachineState {
    return this.#intern({ ...state, cells: state.cells.with(cell, value) });
  }

  onlyLive(state: MachineState, live: LiveSet): MachineState {
    const { zero } = this.#values;
    const cells =
      state.cells === this.#empty
        ? this.#empty
        : state.cells.map((value, cell) => (isCellLive(live, cell) ? value : zero));
    return this.#intern({
      a: isLive(live, 'a') ? state.a : zero,
      x: isLive(live, 'x') ? state.x : zero,
      cells: cells.every((value) => value === zero) ? this.#empty : cells,
    });
  }

  #intern(state: MachineState): MachineState {
    const cells =
      state.cells === this.#empty
        ? 0
        : state.cells.reduce((number, value) => this.#pairs.of(number, value), 0);
    const key = this.#pairs.of(this.#pairs.of(cells, state.a), state.x);
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    this.#states.set(key, state);
    return state;
  }
}
