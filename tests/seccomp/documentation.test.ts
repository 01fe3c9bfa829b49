import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BOUNDARIES, OWN_GROUP_NAMES, ownGroup, resolveFilter } from '../../src/seccomp/index.ts';
import { policyOf } from './support/policy.ts';

const PAGE = readFileSync(new URL('../../docs/filter-language.md', import.meta.url), 'utf8');

const RULES = [...PAGE.matchAll(/^```rule\n(.*?)^```$/gms)].flatMap((block) =>
  (block[1] ?? '').trim().split('\n'),
);

test('the page has examples', () => {
  expect(RULES.length).toBeGreaterThan(10);
});

test.each(RULES)('the example %s is a rule', (rule) => {
  const { diagnostics } = resolveFilter(policyOf([rule]), 'x86_64');
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
});

/** Text in a table cell of Markdown. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

test.each(OWN_GROUP_NAMES)('the table of groups shows what is in %s', (group) => {
  const rules = (ownGroup(group) ?? []).map((rule) => `\`${cell(rule)}\``).join(', ');
  expect(PAGE).toContain(`| \`${group}\` | ${rules} |\n`);
});

test.each(BOUNDARIES)('the page says what opening $name gives', ({ name, gives, calls }) => {
  const forms = calls.map(({ call, safe }) =>
    safe.length === 0 ? `\`${call}\`` : safe.map((rule) => `\`${cell(rule)}\``).join(' or '),
  );
  expect(PAGE).toContain(`| ${name} | ${gives} | ${forms.join(', ')} |\n`);
});
