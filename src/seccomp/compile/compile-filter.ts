import { AUDIT_ARCH } from '../../kernel/architecture.ts';
import { actionValue } from '../action-value.ts';
import { type Instruction, MAX_INSTRUCTIONS, OFFSET_ARCH, type Program } from '../bpf/instruction.ts';
import { decisions } from '../decision.ts';
import type { Filter } from '../filter.ts';
import { dispatch, RANGES_TOGETHER } from './dispatch.ts';
import { layout } from './layout.ts';
import { lower } from './lower.ts';
import { PredicateGraph } from './predicate-graph.ts';

/** A filter that does not fit into one program. */
export class FilterTooLargeError extends Error {
  readonly instructions: number;

  constructor(instructions: number) {
    super(`the filter takes ${instructions} instructions; the kernel accepts ${MAX_INSTRUCTIONS}`);
    this.name = 'FilterTooLargeError';
    this.instructions = instructions;
  }
}

/**
 * Compiles a filter to classic BPF: the architecture first, then the call number in a tree that is optimal for
 * how often calls are made, then arguments. The same filter always makes the same program.
 * Throws a `FilterTooLargeError` above 4096 instructions.
 */
export function compileFilter(filter: Filter): Program {
  const { architecture } = filter;
  const instructions = compiled(filter, RANGES_TOGETHER.optimal);
  if (instructions.length > MAX_INSTRUCTIONS) throw new FilterTooLargeError(instructions.length);
  return { architecture, instructions };
}

/** Throws a `FilterTooLargeError` where `compileFilter` would, without taking its time where it would not. */
export function checkFilterSize(filter: Filter): void {
  if (compiled(filter, RANGES_TOGETHER.quick).length > MAX_INSTRUCTIONS) compileFilter(filter);
}

function compiled(filter: Filter, together: number): readonly Instruction[] {
  const { architecture } = filter;
  const graph = new PredicateGraph();
  const calls = dispatch(graph, filter, decisions(filter), together);
  const foreign = graph.answer(actionValue({ kind: 'kill_process' }));
  const root = graph.test(
    {
      offset: OFFSET_ARCH,
      width: 32,
      mask: 0xffff_ffffn,
      comparison: '==',
      value: BigInt(AUDIT_ARCH[architecture]),
    },
    calls,
    foreign,
  );
  return layout(lower(graph.nodes, root));
}
