import type { Action } from '../action.ts';
import { decodeAction } from '../action-value.ts';
import { listInstructions } from './disassemble.ts';
import type { Program } from './instruction.ts';
import { operationOf } from './operation.ts';

/** Instructions that are always executed together. */
export interface Block {
  /** Its first instruction, by which others refer to it. */
  readonly first: number;
  readonly lines: readonly string[];
  /** The answer of a block that ends with a constant one. */
  readonly answer: Action | undefined;
  readonly next: readonly { readonly to: number; readonly when: 'always' | 'yes' | 'no' }[];
}

/** The blocks of a legal program, in its order; jumps lead from each to later ones only. */
export function blocksOf(program: Program): readonly Block[] {
  const { instructions } = program;
  const starts = new Set([0]);
  const targets = instructions.map(({ code, jt, jf, k }, index): readonly number[] => {
    switch (operationOf(code)?.kind) {
      case 'jump':
        return [index + 1 + k];
      case 'branch':
        return jt === jf ? [index + 1 + jt] : [index + 1 + jt, index + 1 + jf];
      case 'return':
        return [];
      default:
        return [index + 1];
    }
  });
  for (const [index, each] of targets.entries()) {
    if (each.length === 1 && each[0] === index + 1) continue;
    for (const start of [...each, index + 1]) starts.add(start);
  }
  const listed = listInstructions(program);
  const ordered = [...starts].filter((start) => start < instructions.length).sort((a, b) => a - b);
  return ordered.map((first, position): Block => {
    const end = ordered[position + 1] ?? instructions.length;
    const last = instructions[end - 1];
    const operation = operationOf(last?.code ?? 0);
    const returns = operation?.kind === 'return' && operation.value === 'k';
    const [yes, no] = targets[end - 1] ?? [];
    return {
      first,
      lines: listed.slice(first, end).map(({ text, note }, index) => {
        const line = `${first + index}: ${shortText(text)}`;
        return note === '' ? line : `${line}  # ${note}`;
      }),
      answer: returns ? decodeAction(last?.k ?? 0) : undefined,
      next: [
        ...(yes === undefined
          ? []
          : [{ to: yes, when: no === undefined ? ('always' as const) : ('yes' as const) }]),
        ...(no === undefined ? [] : [{ to: no, when: 'no' as const }]),
      ],
    };
  });
}

/** Without the targets of a test, which are drawn. */
function shortText(text: string): string {
  return text.replace(/ goto \d+ else goto \d+$/, '');
}
