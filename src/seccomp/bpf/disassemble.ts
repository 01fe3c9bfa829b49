import { ARCHITECTURES, type Architecture, AUDIT_ARCH } from '../../kernel/architecture.ts';
import { syscallName } from '../../kernel/system-calls.ts';
import { actionText } from '../action-text.ts';
import { decodeAction } from '../action-value.ts';
import {
  AND,
  argumentOffset,
  type Instruction,
  JUMP,
  JUMP_EQUAL,
  JUMP_GREATER,
  JUMP_GREATER_EQUAL,
  JUMP_SET,
  LOAD,
  OFFSET_ARCH,
  OFFSET_NR,
  type Program,
  RETURN,
} from './instruction.ts';

const OPERATOR: ReadonlyMap<number, string> = new Map([
  [JUMP_EQUAL, '=='],
  [JUMP_GREATER, '>'],
  [JUMP_GREATER_EQUAL, '>='],
  [JUMP_SET, '&'],
]);

/** One line for each instruction, with absolute targets and, next to numbers, what they stand for. */
export function disassemble(program: Program): readonly string[] {
  let loaded = OFFSET_ARCH;
  return program.instructions.map((instruction, index) => {
    if (instruction.code === LOAD) loaded = instruction.k;
    return `${String(index).padStart(4, '0')}: ${instructionText(instruction, index, loaded, program.architecture)}`;
  });
}

function hexadecimal(value: number): string {
  return `0x${value.toString(16)}`;
}

/** The loaded word is the one of the last load before it in the listing, which is only a hint to the reader. */
function instructionText(
  { code, jt, jf, k }: Instruction,
  index: number,
  loaded: number,
  architecture: Architecture,
): string {
  switch (code) {
    case LOAD:
      return `A = ${wordName(k)}`;
    case AND:
      return `A &= ${hexadecimal(k)}`;
    case JUMP:
      return `goto ${index + 1 + k}`;
    case RETURN:
      return `return ${actionText(decodeAction(k))}`;
    default: {
      const operator = OPERATOR.get(code) ?? `(code ${hexadecimal(code)})`;
      const note = numberNote(loaded, k, architecture);
      return `if (A ${operator} ${hexadecimal(k)}) goto ${index + 1 + jt} else goto ${index + 1 + jf}${note}`;
    }
  }
}

function wordName(offset: number): string {
  if (offset === OFFSET_NR) return 'nr';
  if (offset === OFFSET_ARCH) return 'arch';
  const argument = Math.floor((offset - argumentOffset(0)) / 8);
  return `${offset % 8 === 0 ? 'low' : 'high'}(arg${argument})`;
}

function numberNote(loaded: number, value: number, architecture: Architecture): string {
  const name =
    loaded === OFFSET_NR
      ? syscallName(value, architecture)
      : ARCHITECTURES.find((candidate) => loaded === OFFSET_ARCH && AUDIT_ARCH[candidate] === value);
  return name === undefined ? '' : `  # ${name}`;
}
