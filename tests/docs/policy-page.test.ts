import { expect, test } from 'vitest';
import { policyReference } from '../../src/policy/reference/policy-reference.ts';
import { page } from './support/page.ts';

/** The third cell of each row whose first cell is a name. */
const defaults = new Map(
  [...page('docs/policy.md').matchAll(/^\| `([a-z.-]+)` *\|[^|]*\| *([^|]*?) *\|/gm)].map(
    ([, key = '', cell = '']) => [key, cell],
  ),
);

const keys = policyReference().flatMap((top) => (top.keys.length === 0 ? [top] : top.keys));

test.each(keys)('docs/policy.md has the default of $path', ({ path, required, default: value }) => {
  const cell = defaults.get(path);
  expect(cell === 'required').toBe(required);
  if (!required && value?.literal === true) expect(cell).toContain(`\`${value.text}\``);
  else expect(cell).toBeDefined();
});
