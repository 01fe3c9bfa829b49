import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { policyKeysAt } from '../../src/policy/schema/known-keys.ts';

const page = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map((match) => match[1] ?? '');

describe('docs/policy.md', () => {
  test('has examples', () => {
    expect(examples.length).toBeGreaterThanOrEqual(5);
  });

  test.each(examples.map((text, index) => ({ text, index })))(
    'example $index is a policy without a problem',
    ({ text }) => {
      expect(parsePolicy(text, 'docs/policy.md').diagnostics).toEqual([]);
    },
  );

  test('has a row for each key', () => {
    const nested = ['environment', 'rlimits', 'limits', 'seccomp'];
    const keys = policyKeysAt([]).flatMap((key) =>
      nested.includes(key) ? policyKeysAt([key]).map((inner) => `${key}.${inner}`) : [key],
    );
    const rows = [...page.matchAll(/^\| `([^`]+)` *\|/gm)].map((match) => match[1]);
    expect(keys.filter((key) => !rows.includes(key))).toEqual([]);
  });

  test('states the default of each resource limit as the parser fills it in', () => {
    const least = 'portcullis: 1\nservice: x\nlisten: tcp://[::]:7\nrun: [/x]\n';
    const rows = [...page.matchAll(/^\| `rlimits\.(\w+)` *\| [^|]+ \| `([^`]+)` *\|/gm)];
    const written = rows.map(([, name, value]) => `  ${name}: ${value}\n`).join('');
    expect(rows).toHaveLength(16);
    expect(parsePolicy(`${least}rlimits:\n${written}`, 'x').policy?.rlimits).toEqual(
      parsePolicy(least, 'x').policy?.rlimits,
    );
  });
});
