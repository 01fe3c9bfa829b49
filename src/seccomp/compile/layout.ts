import {
  AND,
  type Instruction,
  JUMP,
  JUMP_EQUAL,
  JUMP_GREATER,
  JUMP_GREATER_EQUAL,
  JUMP_SET,
  LOAD,
  RETURN,
} from '../bpf/instruction.ts';
import { ALL_ONES, type WordNode, type WordTest } from './word-graph.ts';

type TestNode = Extract<WordNode, { kind: 'test' }>;

const JUMP_CODE: Readonly<Record<WordTest['comparison'], number>> = {
  '==': JUMP_EQUAL,
  '>': JUMP_GREATER,
  '>=': JUMP_GREATER_EQUAL,
  set: JUMP_SET,
};

/** The longest distance of a conditional jump, in instructions. */
const LONGEST_JUMP = 255;

/** Puts a graph into a line of instructions, with as few loads as the ways through it allow. */
export function layout(root: WordNode): readonly Instruction[] {
  const order = endsFirst(root);
  const writer = new BackwardWriter(nodesThatLoad(order, root));
  for (const node of order) writer.write(node);
  return writer.finish();
}

/** Every node of the graph, the ways on before the test that leads to them. */
function endsFirst(root: WordNode): readonly WordNode[] {
  const order: WordNode[] = [];
  const seen = new Set<WordNode>();
  const pending: { readonly node: WordNode; readonly leave: boolean }[] = [{ node: root, leave: false }];
  for (let step = pending.pop(); step !== undefined; step = pending.pop()) {
    const { node, leave } = step;
    if (leave) {
      order.push(node);
      continue;
    }
    if (seen.has(node)) continue;
    seen.add(node);
    pending.push({ node, leave: true });
    if (node.kind === 'test') {
      pending.push({ node: node.then, leave: false }, { node: node.otherwise, leave: false });
    }
  }
  return order;
}

/** Returns whether the accumulator already holds the word that `next` tests, when control comes from `node`. */
function inheritsWord(node: TestNode, next: WordNode): boolean {
  return next.kind === 'test' && next.test.offset === node.test.offset && node.test.mask === ALL_ONES;
}

/** The tests that are reached in at least one way that has not loaded their word. */
function nodesThatLoad(order: readonly WordNode[], root: WordNode): ReadonlySet<WordNode> {
  const loading = new Set<WordNode>([root]);
  for (const node of order) {
    if (node.kind === 'return') continue;
    for (const next of [node.then, node.otherwise]) {
      if (!inheritsWord(node, next)) loading.add(next);
    }
  }
  return loading;
}

/** Writes the last instruction first, so that the distance to every target is known. Positions count from the end. */
class BackwardWriter {
  readonly #reversed: Instruction[] = [];
  /** The start of each node, with its load if it has one. */
  readonly #entries = new Map<WordNode, number>();
  /** The start of each node for ways that have loaded its word. */
  readonly #afterLoad = new Map<WordNode, number>();
  /** The last stop on the way to a position. */
  readonly #stops = new Map<number, number>();
  readonly #loading: ReadonlySet<WordNode>;

  constructor(loading: ReadonlySet<WordNode>) {
    this.#loading = loading;
  }

  write(node: WordNode): void {
    if (node.kind === 'return') {
      this.#entries.set(node, this.#emit(RETURN, node.value));
      return;
    }
    const { offset, mask, comparison, value } = node.test;
    let position = this.#jump(node, JUMP_CODE[comparison], value);
    if (mask !== ALL_ONES) position = this.#emit(AND, mask);
    this.#afterLoad.set(node, position);
    this.#entries.set(node, this.#loading.has(node) ? this.#emit(LOAD, offset) : position);
  }

  finish(): readonly Instruction[] {
    return this.#reversed.toReversed();
  }

  #emit(code: number, k: number, jt = 0, jf = 0): number {
    this.#reversed.push({ code, jt, jf, k });
    return this.#reversed.length - 1;
  }

  #position(node: TestNode, next: WordNode): number {
    const position = (inheritsWord(node, next) ? this.#afterLoad : this.#entries).get(next);
    if (position === undefined) throw new RangeError('a test is written before the ways on from it');
    return position;
  }

  #jump(node: TestNode, code: number, k: number): number {
    let then = this.#position(node, node.then);
    let otherwise = this.#position(node, node.otherwise);
    // A stop that is written now moves the jump one instruction away from its other target.
    if (this.#distance(then) + 1 > LONGEST_JUMP) then = this.#stop(node.then, then, LONGEST_JUMP - 1);
    if (this.#distance(otherwise) > LONGEST_JUMP)
      otherwise = this.#stop(node.otherwise, otherwise, LONGEST_JUMP);
    return this.#emit(code, k, this.#distance(then), this.#distance(otherwise));
  }

  /** Returns the number of instructions that the next written one would have to skip. */
  #distance(position: number): number {
    return this.#reversed.length - 1 - position;
  }

  /**
   * A stop in the middle of a long jump: one that others use already, else a new one. An answer is repeated instead,
   * which costs nothing.
   */
  #stop(next: WordNode, target: number, longest: number): number {
    const known = this.#stops.get(target);
    if (known !== undefined && this.#distance(known) <= longest) return known;
    const stop =
      next.kind === 'return' ? this.#emit(RETURN, next.value) : this.#emit(JUMP, this.#distance(target));
    this.#stops.set(target, stop);
    return stop;
  }
}
