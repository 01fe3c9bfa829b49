/** The two registers: the accumulator, and the second operand. Both begin as 0. */
export type Register = 'A' | 'X';

/** The value that an instruction computes with: its constant or the second register. */
export type Operand = 'k' | 'X';

export type Operator = '+' | '-' | '*' | '/' | '|' | '&' | '<<' | '>>' | '^';

/** Unsigned; `&`: some bit of the operand is set. */
export type BranchTest = '==' | '>' | '>=' | '&';

/**
 * The operation of an instruction.
 *
 * - `load`: a word of the call at offset k, the length of `struct seccomp_data`, the constant k, or scratch word k
 * - `store`: into scratch word k
 */
export type Operation =
  | {
      readonly kind: 'load';
      readonly register: Register;
      readonly from: 'call' | 'length' | 'constant' | 'memory';
    }
  | { readonly kind: 'store'; readonly register: Register }
  | { readonly kind: 'compute'; readonly operator: Operator; readonly operand: Operand }
  | { readonly kind: 'negate' }
  | { readonly kind: 'copy'; readonly to: Register }
  | { readonly kind: 'jump' }
  | { readonly kind: 'branch'; readonly test: BranchTest; readonly operand: Operand }
  | { readonly kind: 'return'; readonly value: 'k' | 'A' };

/** BPF_X where an instruction can have either operand. */
const OPERAND_X = 0x08;

// BPF_ALU with its operations; BPF_NEG has no operand.
const COMPUTE: Readonly<Record<Operator, number>> = {
  '+': 0x04,
  '-': 0x14,
  '*': 0x24,
  '/': 0x34,
  '|': 0x44,
  '&': 0x54,
  '<<': 0x64,
  '>>': 0x74,
  '^': 0xa4,
};

// BPF_JMP with its tests.
const BRANCH: Readonly<Record<BranchTest, number>> = { '==': 0x15, '>': 0x25, '>=': 0x35, '&': 0x45 };

function entries<Key extends string>(
  table: Readonly<Record<Key, number>>,
): readonly (readonly [Key, number])[] {
  return (Object.keys(table) as Key[]).map((key) => [key, table[key]]);
}

const TABLE: readonly (readonly [number, Operation])[] = [
  [0x20, { kind: 'load', register: 'A', from: 'call' }],
  [0x80, { kind: 'load', register: 'A', from: 'length' }],
  [0x81, { kind: 'load', register: 'X', from: 'length' }],
  [0x00, { kind: 'load', register: 'A', from: 'constant' }],
  [0x01, { kind: 'load', register: 'X', from: 'constant' }],
  [0x60, { kind: 'load', register: 'A', from: 'memory' }],
  [0x61, { kind: 'load', register: 'X', from: 'memory' }],
  [0x02, { kind: 'store', register: 'A' }],
  [0x03, { kind: 'store', register: 'X' }],
  ...entries(COMPUTE).flatMap(([operator, code]): readonly (readonly [number, Operation])[] => [
    [code, { kind: 'compute', operator, operand: 'k' }],
    [code | OPERAND_X, { kind: 'compute', operator, operand: 'X' }],
  ]),
  [0x84, { kind: 'negate' }],
  [0x07, { kind: 'copy', to: 'X' }],
  [0x87, { kind: 'copy', to: 'A' }],
  [0x05, { kind: 'jump' }],
  ...entries(BRANCH).flatMap(([test, code]): readonly (readonly [number, Operation])[] => [
    [code, { kind: 'branch', test, operand: 'k' }],
    [code | OPERAND_X, { kind: 'branch', test, operand: 'X' }],
  ]),
  [0x06, { kind: 'return', value: 'k' }],
  [0x16, { kind: 'return', value: 'A' }],
];

/** Every code that a filter of system calls may have. Source: `seccomp_check_filter`, kernel/seccomp.c. */
export const OPERATION_CODES: readonly number[] = TABLE.map(([code]) => code);

const BY_CODE: readonly (Operation | undefined)[] = (() => {
  const table: (Operation | undefined)[] = new Array(256).fill(undefined);
  for (const [code, operation] of TABLE) table[code] = operation;
  return table;
})();

const BY_MEANING: ReadonlyMap<string, number> = new Map(
  TABLE.map(([code, operation]) => [JSON.stringify(operation), code]),
);

/** Returns the operation of a code, or `undefined` if the kernel refuses the code in a filter of system calls. */
export function operationOf(code: number): Operation | undefined {
  return BY_CODE[code];
}

/** The code of an operation. */
export function operationCode(operation: Operation): number {
  const code = BY_MEANING.get(JSON.stringify(operation));
  if (code === undefined) throw new RangeError(`there is no instruction ${JSON.stringify(operation)}`);
  return code;
}

/** Returns the fields that an instruction uses. The kernel ignores the others. */
export function usedFields(operation: Operation): { readonly k: boolean; readonly jumps: boolean } {
  switch (operation.kind) {
    case 'load':
      return { k: operation.from !== 'length', jumps: false };
    case 'store':
    case 'jump':
      return { k: true, jumps: false };
    case 'compute':
      return { k: operation.operand === 'k', jumps: false };
    case 'branch':
      return { k: operation.operand === 'k', jumps: true };
    case 'return':
      return { k: operation.value === 'k', jumps: false };
    case 'negate':
    case 'copy':
      return { k: false, jumps: false };
  }
}
