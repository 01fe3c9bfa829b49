import type { ArgumentIndex, Condition } from '../condition.ts';
import type { Diagram, Diagrams } from '../prove/diagram.ts';
import { argumentLevel, argumentOfLevel, FIELD_BITS } from './fields.ts';

const ALL_BITS = 0xffff_ffff_ffff_ffffn;

/** The smallest arguments of all for which a test holds: a value for each argument that it looks at on the way there. */
export function exampleOf(diagrams: Diagrams, test: Diagram): Condition {
  const values = new Map<ArgumentIndex, bigint>();
  let node = test;
  while (!diagrams.isAnswer(node)) {
    const level = diagrams.level(node);
    const argument = argumentOfLevel(level);
    if (argument === undefined) throw new RangeError('a condition looks at arguments only');
    const isSet = diagrams.low(node) === diagrams.never;
    const bit = isSet ? 1n << BigInt(argumentLevel(argument) + FIELD_BITS - 1 - level) : 0n;
    values.set(argument, (values.get(argument) ?? 0n) | bit);
    node = isSet ? diagrams.high(node) : diagrams.low(node);
  }
  const compare = { kind: 'compare', width: 64, mask: ALL_BITS, comparison: '==' } as const;
  const terms = [...values].map(([argument, value]): Condition => ({ ...compare, argument, value }));
  return { kind: 'and', terms };
}
