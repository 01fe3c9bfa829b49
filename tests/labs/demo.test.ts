import { expect, test } from 'vitest';
import type { AttackResult } from '../../src/lab/result.ts';
import { portcullis } from '../support/portcullis.ts';
import { FOLDERS } from './support/lab-check.ts';

const reached = ({ attacks }: { readonly attacks: readonly AttackResult[] }): number =>
  attacks.filter((attack) => attack.reached).length;

test('the demonstration shows each attack work, be stopped, and work again without its layer', {
  timeout: 600_000,
}, async () => {
  const { code, stdout } = await portcullis(['lab', 'demo', '--json']);
  const { rows } = JSON.parse(stdout);
  expect(rows).toHaveLength(FOLDERS.length);
  for (const { number, naive, solution, withoutLayer } of rows) {
    expect({ number, works: reached(naive) > 1, again: reached(withoutLayer) }).toEqual({
      number,
      works: true,
      again: 1,
    });
    expect({ number, stopped: reached(solution), tried: solution.attacks.length }).toEqual({
      number,
      stopped: 0,
      tried: naive.attacks.length,
    });
  }
  expect(code).toBe(0);
});
