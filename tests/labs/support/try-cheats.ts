import { describe, expect, test } from 'vitest';
import { TestFolder } from '../../support/test-folder.ts';
import { cheatsOf } from './cheats.ts';
import { labCheck } from './lab-check.ts';

/** Tries to pass an exercise without stopping its attack. */
export function tryCheats(number: number): void {
  describe(`exercise ${number} fails a policy that`, () => {
    for (const { name, policy, fails } of cheatsOf(number))
      test(name, async () => {
        using files = new TestFolder();
        const { code, result } = await labCheck(number, files.write('policy.yaml', policy), {
          words: ['--seed', 'a later run'],
        });
        expect(result.passed).toBe(false);
        if (fails === 'problem') expect(result.problem).toContain('error');
        else expect(result[fails]).toMatchObject({ verdict: 'no' });
        expect(code).toBe(1);
      });
  });
}
