import type { Diagnostic } from '../../policy/diagnostic.ts';
import type { Comparison, Condition } from '../condition.ts';
import { type Compare, type Conjunction, simplifyConjunction } from './conjunction.ts';

/** A condition as an "or" of "and"s: met when one of the conjunctions is. Empty: never. */
export type NormalForm = readonly Conjunction[];

/** Forms of other tools list conjunctions one by one. A longer list is unreadable. */
const LONGEST_NORMAL_FORM = 1024;

/** Products are made before they are shortened; beyond this they are not even tried. */
const LONGEST_PRODUCT = 32 * LONGEST_NORMAL_FORM;

const OPPOSITE: Readonly<Record<Comparison, Comparison>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
};

/**
 * A condition as an "or" of "and"s of tests, with every `not` pushed into the tests. Conjunctions that no call can meet and those
 * that another one contains are left out. `undefined` when there would be more than {@link LONGEST_NORMAL_FORM}.
 */
export function normalForm(condition: Condition): NormalForm | undefined {
  return convert(condition, false);
}

/** Returns the error of an export about a condition that is too large for a list. */
export function normalFormTooLarge(
  call: string,
  span: Diagnostic['span'],
  limit: number = LONGEST_NORMAL_FORM,
): Diagnostic {
  return {
    code: 'condition-too-large',
    severity: 'error',
    message: `the condition of ${call} would become more than ${limit} alternatives`,
    span,
    help: 'use ranges and masks instead of products of many alternatives',
  };
}

function convert(condition: Condition, negated: boolean): NormalForm | undefined {
  switch (condition.kind) {
    case 'true':
    case 'false':
      return (condition.kind === 'true') === negated ? [] : [[]];
    case 'not':
      return convert(condition.term, !negated);
    case 'and':
    case 'or': {
      const forms = condition.terms.map((term) => convert(term, negated));
      const complete = forms.filter((form) => form !== undefined);
      if (complete.length < forms.length) return undefined;
      return (condition.kind === 'and') === negated ? union(complete) : product(complete);
    }
    case 'compare': {
      const comparison = negated ? OPPOSITE[condition.comparison] : condition.comparison;
      const simple = simplifyConjunction([{ ...condition, comparison }]);
      return simple === undefined ? [] : [simple];
    }
  }
}

function union(forms: readonly NormalForm[]): NormalForm | undefined {
  return limited(forms.flat());
}

/** Every way to take one conjunction of each form. */
function product(forms: readonly NormalForm[]): NormalForm | undefined {
  let result: NormalForm | undefined = [[]];
  for (const form of forms) {
    if (result === undefined || result.length * form.length > LONGEST_PRODUCT) return undefined;
    result = limited(
      result.flatMap((left) =>
        form.flatMap((right) => {
          const both = simplifyConjunction([...left, ...right]);
          return both === undefined ? [] : [both];
        }),
      ),
    );
  }
  return result;
}

/** The same form without the conjunctions that another one contains; `undefined` when it is too long. */
function limited(form: NormalForm): NormalForm | undefined {
  const byText = new Map(form.map((conjunction) => [conjunction.map(compareKey).sort().join(), conjunction]));
  if (byText.size > 2 * LONGEST_NORMAL_FORM) return undefined;
  const entries = [...byText.values()].map((conjunction) => ({
    conjunction,
    keys: new Set(conjunction.map(compareKey)),
  }));
  const kept = entries.filter(
    ({ keys }) =>
      !entries.some((other) => other.keys.size < keys.size && [...other.keys].every((key) => keys.has(key))),
  );
  return kept.length > LONGEST_NORMAL_FORM ? undefined : kept.map(({ conjunction }) => conjunction);
}

function compareKey({ argument, width, mask, comparison, value }: Compare): string {
  return `${argument}:${width}&${mask}${comparison}${value}`;
}
