import { expect, test } from 'vitest';
import type { Diagnostic } from '../../src/policy/diagnostic.ts';
import { type ParsedPolicy, parsePolicy } from '../../src/policy/parse-policy.ts';
import type { RestOfPolicy } from '../../src/seccomp/groups/rest-of-policy.ts';
import { resolveFilter } from '../../src/seccomp/language/resolve-filter.ts';
import { goldenFile, goldenPolicies, printedProblems } from '../support/golden-policies.ts';

/** What is said of a filter, by all that decides it: most of the policies have the rules of one without `seccomp`. */
const said = new Map<string, readonly Diagnostic[]>();

function filterDiagnostics({ seccomp, policy }: ParsedPolicy): readonly Diagnostic[] {
  if (seccomp === undefined) return [];
  const rest: RestOfPolicy | undefined = policy;
  const { exec, root, landlock, user } = policy ?? {};
  const deciding = [seccomp, exec, root, landlock, user, policy?.spans.get('landlock')];
  const input = JSON.stringify(deciding, (_, value) => (value instanceof Map ? [...value] : value));
  const diagnostics = said.get(input) ?? resolveFilter(seccomp, 'x86_64', rest).diagnostics;
  said.set(input, diagnostics);
  return diagnostics;
}

test.each(goldenPolicies('seccomp'))('what check says about %s', async (name, text) => {
  const parsed = parsePolicy(text, name);
  const ofFilter = filterDiagnostics(parsed);
  expect(ofFilter).not.toEqual([]);
  const diagnostics = [...parsed.diagnostics, ...ofFilter];
  await expect(printedProblems(diagnostics, text)).toMatchFileSnapshot(goldenFile(name));
});

test.each(goldenPolicies('policy'))('nothing more is said about the filter of %s', (name, text) => {
  expect(filterDiagnostics(parsePolicy(text, name))).toEqual([]);
});
