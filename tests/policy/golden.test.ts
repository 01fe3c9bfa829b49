import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatDiagnostic } from '../../src/cli/print/print-diagnostics.ts';
import type { Diagnostic } from '../../src/policy/diagnostic.ts';
import { type ParsedPolicy, parsePolicy } from '../../src/policy/parse-policy.ts';
import type { RestOfPolicy } from '../../src/seccomp/groups/rest-of-policy.ts';
import { resolveFilter } from '../../src/seccomp/language/resolve-filter.ts';

const folder = new URL('golden/', import.meta.url);
const policies = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

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

test.each(policies)('what check says about %s', async (name) => {
  const text = readFileSync(new URL(name, folder), 'utf8');
  const parsed = parsePolicy(text, name);
  const diagnostics = [...parsed.diagnostics, ...filterDiagnostics(parsed)];
  const printed = diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, text, { color: false }));
  expect(printed).not.toEqual([]);
  await expect(`${printed.join('\n')}\n`).toMatchFileSnapshot(`golden/${name.replace(/yaml$/, 'txt')}`);
});
