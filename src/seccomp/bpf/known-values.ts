import { type Instruction, OFFSET_ARCH, OFFSET_NR } from './instruction.ts';
import { type BranchTest, operationOf } from './operation.ts';

/** The facts about a call that hold at an instruction on every way to it. */
export interface Known {
  /** The offset of the word that A holds, unchanged. */
  readonly word: number | undefined;
  /** The AUDIT_ARCH_* value. */
  readonly arch: number | undefined;
  /** The call numbers that come here, both ends included. */
  readonly lowest: number;
  readonly highest: number;
}

const NOTHING: Known = { word: undefined, arch: undefined, lowest: 0, highest: 0xffff_ffff };

/**
 * Returns the facts that hold before each instruction; `undefined` where no call comes. Jumps only go forwards, so one pass
 * from the first instruction to the last sees every way before the place where it ends.
 */
export function knownValues(instructions: readonly Instruction[]): readonly (Known | undefined)[] {
  const known: (Known | undefined)[] = new Array(instructions.length).fill(undefined);
  known[0] = NOTHING;
  const arrive = (target: number, state: Known | undefined): void => {
    if (state === undefined || target >= instructions.length) return;
    known[target] = merge(known[target], state);
  };
  for (const [index, { code, jt, jf, k }] of instructions.entries()) {
    const state = known[index];
    const operation = operationOf(code);
    if (state === undefined || operation === undefined) continue;
    switch (operation.kind) {
      case 'return':
        break;
      case 'jump':
        arrive(index + 1 + k, state);
        break;
      case 'branch': {
        const refined = (holds: boolean): Known | undefined =>
          operation.operand === 'k' ? refine(state, operation.test, k, holds) : state;
        arrive(index + 1 + jt, refined(true));
        arrive(index + 1 + jf, refined(false));
        break;
      }
      case 'load':
        if (operation.register === 'X') arrive(index + 1, state);
        else arrive(index + 1, { ...state, word: operation.from === 'call' ? k : undefined });
        break;
      case 'store':
        arrive(index + 1, state);
        break;
      case 'copy':
        arrive(index + 1, operation.to === 'X' ? state : { ...state, word: undefined });
        break;
      default:
        arrive(index + 1, { ...state, word: undefined });
    }
  }
  return known;
}

function merge(one: Known | undefined, other: Known): Known {
  if (one === undefined) return other;
  return {
    word: one.word === other.word ? one.word : undefined,
    arch: one.arch === other.arch ? one.arch : undefined,
    lowest: Math.min(one.lowest, other.lowest),
    highest: Math.max(one.highest, other.highest),
  };
}

/** Adds what a test shows about the machine or the number. `undefined`: no call comes this way. */
function refine(state: Known, test: BranchTest, k: number, holds: boolean): Known | undefined {
  if (state.word === OFFSET_ARCH && test === '==') {
    if (holds) return state.arch === undefined || state.arch === k ? { ...state, arch: k } : undefined;
    return state.arch === k ? undefined : state;
  }
  if (state.word !== OFFSET_NR) return state;
  const [lowest, highest] = narrowed(state, test, k, holds);
  return lowest > highest ? undefined : { ...state, lowest, highest };
}

function narrowed(
  { lowest, highest }: Known,
  test: BranchTest,
  k: number,
  holds: boolean,
): readonly [number, number] {
  switch (test) {
    case '==':
      if (holds) return [Math.max(lowest, k), Math.min(highest, k)];
      return [lowest === k ? k + 1 : lowest, highest === k ? k - 1 : highest];
    case '>':
      return holds ? [Math.max(lowest, k + 1), highest] : [lowest, Math.min(highest, k)];
    case '>=':
      return holds ? [Math.max(lowest, k), highest] : [lowest, Math.min(highest, k - 1)];
    case '&':
      return [lowest, highest];
  }
}
