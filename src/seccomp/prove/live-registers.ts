import type { Operation, Register, Source } from './operation.ts';

/** The registers that are still read later: the scratch cells by their bits, then A and X. */
export type LiveSet = number;

const BITS: Readonly<Record<Register, number>> = { a: 1 << 16, x: 1 << 17 };

export function isLive(live: LiveSet, register: Register): boolean {
  return (live & BITS[register]) !== 0;
}

export function isCellLive(live: LiveSet, cell: number): boolean {
  return (live & (1 << cell)) !== 0;
}

function read(source: Source): LiveSet {
  switch (source.kind) {
    case 'cell':
      return 1 << source.cell;
    case 'register':
      return BITS[source.register];
    default:
      return 0;
  }
}

/** Returns the live registers before each operation. Jumps lead forward only, so one pass from the end is enough. */
export function liveBefore(operations: readonly Operation[]): readonly LiveSet[] {
  const live: LiveSet[] = new Array(operations.length).fill(0);
  const at = (index: number): LiveSet => live[index] ?? 0;
  for (let index = operations.length - 1; index >= 0; index -= 1) {
    const operation = operations[index];
    if (operation !== undefined) live[index] = before(operation, (skip) => at(index + 1 + skip));
  }
  return live;
}

function before(operation: Operation, after: (skip: number) => LiveSet): LiveSet {
  switch (operation.kind) {
    case 'load':
      return (after(0) & ~BITS[operation.into]) | read(operation.from);
    case 'store':
      return (after(0) & ~(1 << operation.cell)) | BITS[operation.from];
    case 'calculate':
      return after(0) | BITS.a | read(operation.operand);
    case 'negate':
      return after(0) | BITS.a;
    case 'jump':
      return after(operation.skip);
    case 'branch':
      return after(operation.whenTrue) | after(operation.whenFalse) | BITS.a | read(operation.operand);
    case 'return':
      return read(operation.value);
  }
}
