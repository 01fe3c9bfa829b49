import type { Action } from '../action.ts';
import { actionValue } from '../action-value.ts';
import { argumentOffset, OFFSET_INSTRUCTION_POINTER } from '../bpf/instruction.ts';
import type { Condition } from '../condition.ts';
import type { Decision } from '../decision.ts';
import { foldCondition } from '../fold-condition.ts';
import { setTest } from './set-test.ts';
import { switchTest } from './switch-test.ts';
import { gatherTerms, type ValueSet, valuesOf } from './value-set.ts';

/** A test of one field of `struct seccomp_data`, 64-bit fields in one piece. */
export interface Predicate {
  /** Of the low word. */
  readonly offset: number;
  readonly width: 32 | 64;
  readonly mask: bigint;
  readonly comparison: '==' | '>' | '>=';
  readonly value: bigint;
}

/** A point of the decision: an answer, or a test with two ways on. Equal points are one object. */
export type PredicateNode =
  | { readonly kind: 'return'; readonly id: number; readonly value: number }
  | {
      readonly kind: 'test';
      readonly id: number;
      readonly predicate: Predicate;
      readonly then: PredicateNode;
      readonly otherwise: PredicateNode;
    };

/** The call was made by the instruction before this address. */
function isAt(address: bigint): Predicate {
  return {
    offset: OFFSET_INSTRUCTION_POINTER,
    width: 64,
    mask: 0xffff_ffff_ffff_ffffn,
    comparison: '==',
    value: address,
  };
}

const KILL = actionValue({ kind: 'kill_process' });

/** The node of an answer. */
type Leaf = (value: number) => PredicateNode;

/** Cases that follow one another and answer the same are one. */
function together(cases: Decision['cases']): readonly { condition: Condition; value: number }[] {
  const runs: { readonly terms: Condition[]; readonly value: number }[] = [];
  for (const { condition, action } of cases) {
    const value = actionValue(action);
    const before = runs.at(-1);
    if (before?.value === value) before.terms.push(condition);
    else runs.push({ terms: [condition], value });
  }
  return runs.map(({ terms, value }) => ({ condition: foldCondition({ kind: 'or', terms }), value }));
}

/** Estimates the number of word tests that a graph takes. */
function wordTests(root: PredicateNode): number {
  const seen = new Set<PredicateNode>();
  const pending = [root];
  let tests = 0;
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.kind === 'return' || seen.has(node)) continue;
    seen.add(node);
    const { width, mask } = node.predicate;
    tests += width === 64 && mask === 0xffff_ffff_ffff_ffffn ? 2 : 1;
    pending.push(node.then, node.otherwise);
  }
  return tests;
}

/** Builds a decision graph from its ends. Equal parts are shared. */
export class PredicateGraph {
  /** In the order of creation: the ways on come before the test that leads to them. */
  readonly nodes: PredicateNode[] = [];
  readonly #interned = new Map<string, PredicateNode>();

  answer(value: number): PredicateNode {
    return this.#intern(`${value}`, (id) => ({ kind: 'return', id, value }));
  }

  test(predicate: Predicate, then: PredicateNode, otherwise: PredicateNode): PredicateNode {
    if (then === otherwise) return then;
    const { offset, width, mask, comparison, value } = predicate;
    const key = `${offset}/${width} & ${mask} ${comparison} ${value} ? ${then.id} : ${otherwise.id}`;
    return this.#intern(key, (id) => ({ kind: 'test', id, predicate, then, otherwise }));
  }

  /** The node of kill_process; another answer has its place but for calls from one address, where that is given. */
  killed(as: Action | undefined, stays: bigint | undefined): PredicateNode {
    const kill = this.answer(KILL);
    if (as === undefined) return kill;
    const instead = this.answer(actionValue(as));
    return stays === undefined ? instead : this.test(isAt(stays), kill, instead);
  }

  /**
   * The graph of one call's decision; the overrides are for calls from one place, where that is given. `killed` stands for
   * kill_process.
   */
  decide(
    { overrides, cases, otherwise, kept }: Decision,
    overridesAt: bigint | undefined,
    killed: PredicateNode,
  ): PredicateNode {
    const denied = kept.reduceRight(
      (next, condition) => this.#branch(condition, this.answer(KILL), next),
      killed,
    );
    const leaf: Leaf = (value) => (value === KILL ? denied : this.answer(value));
    const plain = this.#firstMatch(together(cases), leaf(actionValue(otherwise)), leaf);
    const allow = this.answer(actionValue({ kind: 'allow' }));
    const overridden = overrides.reduceRight(
      (next, condition) => this.#branch(condition, allow, next),
      plain,
    );
    return overridesAt === undefined ? overridden : this.test(isAt(overridesAt), overridden, plain);
  }

  /** One test after the other; or, where all are of one field and it is shorter, a search for its value. */
  #firstMatch(
    cases: readonly { readonly condition: Condition; readonly value: number }[],
    otherwise: PredicateNode,
    leaf: Leaf,
  ): PredicateNode {
    const always = cases.findIndex(({ condition }) => condition.kind === 'true');
    const rest = cases[always];
    if (rest !== undefined) return this.#firstMatch(cases.slice(0, always), leaf(rest.value), leaf);
    const inTurn = cases.reduceRight(
      (next, { condition, value }) => this.#branch(condition, leaf(value), next),
      otherwise,
    );
    const sets = cases.flatMap(({ condition, value }) => {
      const set = valuesOf(condition);
      return set === undefined ? [] : [{ set, node: leaf(value) }];
    });
    const [first] = sets;
    if (first === undefined || sets.length < cases.length || sets.length < 2) return inTurn;
    const { field } = first.set;
    if (sets.some(({ set }) => set.field.argument !== field.argument || set.field.width !== field.width))
      return inTurn;
    const searched = switchTest(this, field, sets, otherwise);
    return wordTests(searched) < wordTests(inTurn) ? searched : inTurn;
  }

  #branch(condition: Condition, then: PredicateNode, otherwise: PredicateNode): PredicateNode {
    switch (condition.kind) {
      case 'true':
        return then;
      case 'false':
        return otherwise;
      case 'not':
        return this.#branch(condition.term, otherwise, then);
      case 'and':
        return gatherTerms('and', condition.terms).reduceRight(
          (next, term) => this.#part(term, next, otherwise),
          then,
        );
      case 'or':
        return gatherTerms('or', condition.terms).reduceRight(
          (next, term) => this.#part(term, then, next),
          otherwise,
        );
      case 'compare':
        return this.#compare(condition, then, otherwise);
    }
  }

  #part(part: Condition | ValueSet, then: PredicateNode, otherwise: PredicateNode): PredicateNode {
    return 'kind' in part ? this.#branch(part, then, otherwise) : setTest(this, part, then, otherwise);
  }

  #compare(
    { argument, width, mask, comparison, value }: Extract<Condition, { kind: 'compare' }>,
    then: PredicateNode,
    otherwise: PredicateNode,
  ): PredicateNode {
    const field = { offset: argumentOffset(argument), width, mask, value };
    switch (comparison) {
      case '==':
      case '>':
      case '>=':
        return this.test({ ...field, comparison }, then, otherwise);
      case '!=':
        return this.test({ ...field, comparison: '==' }, otherwise, then);
      case '<':
        return this.test({ ...field, comparison: '>=' }, otherwise, then);
      case '<=':
        return this.test({ ...field, comparison: '>' }, otherwise, then);
    }
  }

  #intern(key: string, make: (id: number) => PredicateNode): PredicateNode {
    const known = this.#interned.get(key);
    if (known !== undefined) return known;
    const node = make(this.nodes.length);
    this.nodes.push(node);
    this.#interned.set(key, node);
    return node;
  }
}
