import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maskedAlternatives } from '../../../src/seccomp/convert/masked-tests.ts';
import { type NormalForm, normalForm } from '../../../src/seccomp/convert/normal-form.ts';
import type { Condition } from '../../../src/seccomp/index.ts';
import { Diagrams } from '../../../src/seccomp/prove/diagram.ts';
import { conditionDiagram } from '../../../src/seccomp/prove/rules-diagram.ts';
import { condition } from '../support/random-filter.ts';

function asCondition(form: NormalForm): Condition {
  return { kind: 'or', terms: form.map((terms): Condition => ({ kind: 'and', terms })) };
}

test('a normal form means what the condition means, and its opposite the opposite', () => {
  fc.assert(
    fc.property(condition, (given) => {
      const diagrams = new Diagrams();
      const meaning = conditionDiagram(diagrams, given);
      const [form, opposite] = [normalForm(given), normalForm({ kind: 'not', term: given })];
      if (form !== undefined) expect(conditionDiagram(diagrams, asCondition(form))).toBe(meaning);
      if (opposite !== undefined) {
        expect(conditionDiagram(diagrams, asCondition(opposite))).toBe(diagrams.not(meaning));
      }
    }),
    { numRuns: 500, seed: 20_261_124 },
  );
});

test('tests of bits mean what the tests of numbers mean', () => {
  let said = 0;
  fc.assert(
    fc.property(condition, (given) => {
      const diagrams = new Diagrams();
      for (const conjunction of normalForm(given) ?? []) {
        const alternatives = maskedAlternatives(conjunction);
        if (alternatives === undefined) continue;
        said += 1;
        const form = alternatives.map((tests) =>
          tests.map(
            (one) => ({ kind: 'compare', width: 64, comparison: '==', ...one }) as const satisfies Condition,
          ),
        );
        const wanted = conditionDiagram(diagrams, { kind: 'and', terms: conjunction });
        expect(conditionDiagram(diagrams, asCondition(form))).toBe(wanted);
        for (const tests of alternatives)
          expect(new Set(tests.map(({ argument }) => argument)).size).toBe(tests.length);
      }
    }),
    { numRuns: 300, seed: 20_261_124 },
  );
  expect(said).toBeGreaterThan(200);
});

test('what has too many alternatives has no normal form', () => {
  const either = (argument: 0 | 1 | 2 | 3 | 4 | 5): Condition => ({
    kind: 'or',
    terms: Array.from({ length: 8 }, (_, value) => ({
      kind: 'compare',
      argument,
      width: 64,
      mask: 0xffff_ffff_ffff_ffffn,
      comparison: '==',
      value: BigInt(2 * value),
    })),
  });
  const terms = ([0, 1, 2, 3, 4, 5] as const).map(either);
  expect(normalForm({ kind: 'and', terms: terms.slice(0, 3) })).toHaveLength(512);
  expect(normalForm({ kind: 'and', terms })).toBeUndefined();
  expect(normalForm({ kind: 'not', term: { kind: 'and', terms } })).toHaveLength(6);
});
