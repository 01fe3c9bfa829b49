import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import {
  BOUNDARIES,
  GROUP_OPENS,
  OWN_GROUP_NAMES,
  ownGroup,
  resolveFilter,
} from '../../src/seccomp/index.ts';
import { policyOf } from './support/policy.ts';

const PAGE = readFileSync(new URL('../../docs/filter-language.md', import.meta.url), 'utf8');

const LEAST = 'portcullis: 1\nservice: x\nlisten: tcp://[::]:7\nrun: [/x]\n';

const RULES = [...PAGE.matchAll(/^```rule\n(.*?)^```$/gms)].flatMap((block) =>
  (block[1] ?? '').trim().split('\n'),
);

test('the page has examples', () => {
  expect(RULES.length).toBeGreaterThan(10);
});

const FRAGMENTS = [...PAGE.matchAll(/^```yaml\n(.*?)^```$/gms)].map((block) => block[1] ?? '');

test.each(FRAGMENTS)('what the page shows as YAML is part of a policy', (fragment) => {
  const { policy, diagnostics } = parsePolicy(`${LEAST}${fragment}`, 'p.yaml');
  expect(diagnostics).toEqual([]);
  if (policy === undefined) throw new Error('no policy');
  expect(resolveFilter(policy.seccomp, 'x86_64').diagnostics).toEqual([]);
});

test('the examples need no quotes as items of a YAML list, except groups', () => {
  const items = RULES.map((rule) => (rule.startsWith('@') ? `    - "${rule}"\n` : `    - ${rule}\n`));
  const { policy, diagnostics } = parsePolicy(`${LEAST}seccomp:\n  rules:\n${items.join('')}`, 'p.yaml');
  expect(diagnostics).toEqual([]);
  expect(policy?.seccomp.rules.map(({ text }) => text)).toEqual(RULES);
});

test.each(RULES)('the example %s is a rule', (rule) => {
  const { diagnostics } = resolveFilter(policyOf([rule]), 'x86_64');
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
});

test.each(OWN_GROUP_NAMES)('the page shows what is in %s', (group) => {
  const rules = (ownGroup(group) ?? []).map((rule) => `\`${rule}\``).join(', ');
  const opens = GROUP_OPENS[group];
  const words = opens === undefined ? '' : ` opens ${opens.join(' and ')}`;
  expect(PAGE).toContain(`\n- \`${group}\`${words}: ${rules}\n`);
  expect(PAGE).toContain(`\n| \`${group}\` | `);
});

test.each(BOUNDARIES)('the page says what opening $name gives', ({ name, gives, calls, beside, where }) => {
  const forms = calls.map(({ call, safe }) =>
    safe.length === 0 ? `\`${call}\`` : safe.map((rule) => `\`${rule}\``).join(' or '),
  );
  const partners =
    beside === undefined ? '' : `, beside ${beside.map(({ call }) => `\`${call}\``).join(' or ')}`;
  const rest = where === undefined ? '' : `, where ${where.text}`;
  expect(PAGE).toContain(`\n- ${name}: ${gives}. ${forms.join(', ')}${partners}${rest}\n`);
});
