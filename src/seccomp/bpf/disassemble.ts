import type { Architecture } from '../../kernel/architecture.ts';
import { architectureOf } from '../../kernel/architecture.ts';
import { syscallArguments, syscallName } from '../../kernel/system-calls.ts';
import { actionValue, decodeAction } from '../action-value.ts';
import { actionText } from '../language/action-text.ts';
import { type Instruction, OFFSET_ARCH, OFFSET_NR, type Program } from './instruction.ts';
import { type Known, knownValues } from './known-values.ts';
import { type Operation, operationOf, usedFields } from './operation.ts';
import { argumentAt, machineName, wordName } from './word-names.ts';

/** One instruction for people. */
export interface ListedInstruction {
  /** The text from which `assemble` makes the same instruction. */
  readonly text: string;
  /** The meaning of its numbers; empty where they need none. */
  readonly note: string;
}

/** Writes one line for each instruction, with absolute targets. The meaning of numbers follows behind `#`. */
export function disassemble(program: Program): readonly string[] {
  return listInstructions(program).map(({ text, note }, index) => {
    const line = `${String(index).padStart(4, '0')}: ${text}`;
    return note === '' ? line : `${line}  # ${note}`;
  });
}

/** The same as data. Any instructions can be listed, those too that the kernel refuses. */
export function listInstructions({ instructions, architecture }: Program): readonly ListedInstruction[] {
  const known = knownValues(instructions);
  return instructions.map((instruction, index) => {
    const operation = operationOf(instruction.code);
    const plain =
      operation === undefined ? undefined : plainText(operation, instruction, index, instructions.length);
    if (operation === undefined || plain === undefined)
      return { text: rawText(instruction), note: 'refused' };
    const text = hasIdleField(operation, instruction) ? rawText(instruction) : plain;
    const note = noteOn(operation, instruction, known[index], architecture);
    if (text === plain) return { text, note };
    return { text, note: note === '' ? plain : `${plain}, ${note}` };
  });
}

function hexadecimal(value: number): string {
  return `0x${value.toString(16)}`;
}

/**
 * The spelling by fields, for instructions without another one: the kernel refuses them, or they set fields that it ignores.
 */
function rawText({ code, jt, jf, k }: Instruction): string {
  return `raw(${hexadecimal(code)}, ${jt}, ${jf}, ${hexadecimal(k)})`;
}

function hasIdleField(operation: Operation, { jt, jf, k }: Instruction): boolean {
  const used = usedFields(operation);
  return (!used.k && k !== 0) || (!used.jumps && (jt !== 0 || jf !== 0));
}

/** Returns the spelling of an instruction, or `undefined` if the kernel refuses it by its fields alone. */
function plainText(
  operation: Operation,
  { jt, jf, k }: Instruction,
  index: number,
  length: number,
): string | undefined {
  const goto = (distance: number): string | undefined =>
    index + 1 + distance < length ? `goto ${index + 1 + distance}` : undefined;
  switch (operation.kind) {
    case 'load': {
      const value = loadedText(operation.from, k);
      return value === undefined ? undefined : `${operation.register} = ${value}`;
    }
    case 'store':
      return `mem[${k}] = ${operation.register}`;
    case 'compute':
      return `A ${operation.operator}= ${operation.operand === 'k' ? hexadecimal(k) : 'X'}`;
    case 'negate':
      return 'A = -A';
    case 'copy':
      return operation.to === 'A' ? 'A = X' : 'X = A';
    case 'jump':
      return goto(k);
    case 'branch': {
      const [then, otherwise] = [goto(jt), goto(jf)];
      const operand = operation.operand === 'k' ? hexadecimal(k) : 'X';
      return then === undefined || otherwise === undefined
        ? undefined
        : `if (A ${operation.test} ${operand}) ${then} else ${otherwise}`;
    }
    case 'return':
      return `return ${operation.value === 'k' ? answerText(k) : 'A'}`;
  }
}

function loadedText(from: Extract<Operation, { kind: 'load' }>['from'], k: number): string | undefined {
  switch (from) {
    case 'call':
      return wordName(k);
    case 'length':
      return 'length';
    case 'constant':
      return hexadecimal(k);
    case 'memory':
      return `mem[${k}]`;
  }
}

/** An action, or the number where no action has exactly this value. */
function answerText(value: number): string {
  const action = decodeAction(value);
  return actionValue(action) === value ? actionText(action) : hexadecimal(value);
}

function noteOn(
  operation: Operation,
  { k }: Instruction,
  known: Known | undefined,
  architecture: Architecture,
): string {
  if (known === undefined) return 'no call comes here';
  const machine = known.arch === undefined ? architecture : architectureOf(known.arch);
  switch (operation.kind) {
    case 'load':
      return operation.from === 'call' ? argumentNote(k, known, machine) : '';
    case 'branch':
      if (operation.operand === 'X') return '';
      if (known.word === OFFSET_ARCH) return machineName(k) ?? '';
      return (known.word === OFFSET_NR && machine !== undefined && syscallName(k, machine)) || '';
    case 'return':
      return operation.value === 'k' && answerText(k).startsWith('0x') ? actionText(decodeAction(k)) : '';
    default:
      return '';
  }
}

/** The name of an argument, where only one call comes. */
function argumentNote(offset: number, known: Known, machine: Architecture | undefined): string {
  const argument = argumentAt(offset);
  if (argument === undefined || machine === undefined || known.lowest !== known.highest) return '';
  const call = syscallName(known.lowest, machine);
  const name = call === undefined ? undefined : syscallArguments(call, machine)?.[argument]?.name;
  return name === undefined ? '' : `${call}: ${name}`;
}
