import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatDiagnostic } from '../../src/cli/print/print-diagnostics.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { resolveFilter } from '../../src/seccomp/index.ts';

const folder = new URL('golden/', import.meta.url);
const policies = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

test.each(policies)('what check says about %s', async (name) => {
  const text = readFileSync(new URL(name, folder), 'utf8');
  const parsed = parsePolicy(text, name);
  const filter =
    parsed.seccomp === undefined ? [] : resolveFilter(parsed.seccomp, 'x86_64', parsed.policy).diagnostics;
  const diagnostics = [...parsed.diagnostics, ...filter];
  const printed = diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, text, { color: false }));
  expect(printed).not.toEqual([]);
  await expect(`${printed.join('\n')}\n`).toMatchFileSnapshot(`golden/${name.replace(/yaml$/, 'txt')}`);
});
