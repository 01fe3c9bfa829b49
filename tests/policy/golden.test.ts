import { expect, test } from 'vitest';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { goldenFile, goldenPolicies, printedProblems } from '../support/golden-policies.ts';

/** Policies about whose filter nothing is said: those of `tests/seccomp/golden` are the others. */
test.each(goldenPolicies('policy'))('what check says about %s', async (name, text) => {
  const { diagnostics } = parsePolicy(text, name);
  expect(diagnostics).not.toEqual([]);
  await expect(printedProblems(diagnostics, text)).toMatchFileSnapshot(goldenFile(name));
});
