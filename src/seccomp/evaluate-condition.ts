import type { Comparison, Condition } from './condition.ts';

const ORDER: Readonly<Record<Comparison, (seen: bigint, value: bigint) => boolean>> = {
  '==': (seen, value) => seen === value,
  '!=': (seen, value) => seen !== value,
  '<': (seen, value) => seen < value,
  '<=': (seen, value) => seen <= value,
  '>': (seen, value) => seen > value,
  '>=': (seen, value) => seen >= value,
};

/** Returns whether a condition holds for six registers. A missing register is 0. */
export function conditionHolds(condition: Condition, args: readonly bigint[]): boolean {
  switch (condition.kind) {
    case 'true':
      return true;
    case 'false':
      return false;
    case 'and':
      return condition.terms.every((term) => conditionHolds(term, args));
    case 'or':
      return condition.terms.some((term) => conditionHolds(term, args));
    case 'not':
      return !conditionHolds(condition.term, args);
    case 'compare': {
      const seen = BigInt.asUintN(condition.width, args[condition.argument] ?? 0n) & condition.mask;
      return ORDER[condition.comparison](seen, condition.value);
    }
  }
}
