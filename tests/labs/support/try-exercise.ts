import { describe, expect, test } from 'vitest';
import { exerciseFile, labCheck, policiesFor } from './lab-check.ts';

/** The exercises that remain without root. */
export const WITHOUT_ROOT: readonly number[] = [1, 2, 6, 7, 8];

/** An ordinary user of the host: worlds without root have no other. */
const ORDINARY_USER = 60_000;

/** Tries an exercise with its own policies and with those of tests/labs/wrong and tests/labs/right. */
export function tryExercise(number: number): void {
  describe(`exercise ${number}`, () => {
    test('passes its solution, by the right layer, with nothing needless', async () => {
      const { code, result } = await labCheck(number, exerciseFile(number, 'solution/policy.yaml'));
      expect(result).toMatchObject({
        passed: true,
        control: { verdict: 'yes' },
        stopped: { verdict: 'yes' },
        layer: { verdict: 'yes' },
        service: { verdict: 'yes' },
        needless: [],
      });
      expect(result.attacks.length).toBeGreaterThan(1);
      expect(code).toBe(0);
    });

    test('fails the policy that it begins with: it serves, and stops nothing of its layer', async () => {
      const { code, result } = await labCheck(number, exerciseFile(number, 'policy.yaml'));
      expect(result).toMatchObject({
        passed: false,
        control: { verdict: 'yes' },
        stopped: { verdict: 'no' },
      });
      expect(result.attacks[0]).toMatchObject({ reached: true });
      expect(code).toBe(1);
    });

    for (const { file, verdict, word, why } of policiesFor(number, 'wrong'))
      test(`fails a policy that looks right: ${why}`, async () => {
        const { code, result } = await labCheck(number, file);
        expect(result).toMatchObject({ passed: false, [verdict]: { verdict: word } });
        expect(code).toBe(1);
      });

    for (const { file, verdict, word } of policiesFor(number, 'right'))
      test(`passes a policy that differs from the solution, ${file.split('/').at(-1)}`, async () => {
        const { code, result } = await labCheck(number, file);
        expect(result).toMatchObject({
          passed: true,
          stopped: { verdict: 'yes' },
          [verdict]: { verdict: word },
        });
        expect(code).toBe(0);
      });

    if (WITHOUT_ROOT.includes(number))
      test('passes its solution without root', async () => {
        const file = exerciseFile(number, 'solution/policy.yaml');
        const { code, result } = await labCheck(number, file, { uid: ORDINARY_USER });
        expect(result).toMatchObject({ passed: true, layer: { verdict: 'yes' } });
        expect(code).toBe(0);
      });
    else
      test('says without root that it needs root, and does not count', async () => {
        const file = exerciseFile(number, 'solution/policy.yaml');
        const { code, result } = await labCheck(number, file, { uid: ORDINARY_USER });
        expect(result).toMatchObject({ passed: false, control: { verdict: 'none' } });
        expect(result.unable).toContain('root');
        expect(code).toBe(3);
      });
  });
}
