import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { policyKeysAt } from '../../src/policy/known-keys.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { policyReference } from '../../src/policy/reference/policy-reference.ts';

const page = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map((match) => match[1] ?? '');

const LEAVES = policyReference().flatMap((key) => (key.keys.length === 0 ? [key] : key.keys));

describe('the keys', () => {
  test.each(LEAVES)('the example of $path is a line of a policy', ({ path, example = '' }) => {
    const base: Readonly<Record<string, string>> = {
      portcullis: 'portcullis: 1',
      service: 'service: example',
      listen: 'listen: tcp://127.0.0.1:7',
      run: 'run: [/bin/cat]',
      ...(path === 'listen-fds' ? { handoff: 'handoff: listener' } : {}),
      ...(['amplification', 'limits.datagrams'].includes(path)
        ? { listen: 'listen: udp://127.0.0.1:7', handoff: 'handoff: peer' }
        : {}),
      ...(path === 'processes' ? { reason: 'reason: it reports them' } : {}),
      ...(path === 'deny' ? { allow: 'allow: [0.0.0.0/0]' } : {}),
    };
    const lines = { ...base, [path]: example };
    const { diagnostics } = parsePolicy(Object.values(lines).join('\n'), path);
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

describe('docs/policy.md', () => {
  test('has examples', () => {
    expect(examples.length).toBeGreaterThanOrEqual(5);
  });

  test.each(examples.map((text, index) => ({ text, index })))(
    'example $index is a policy without a problem',
    ({ text }) => {
      const { policy, diagnostics } = parsePolicy(text, 'docs/policy.md');
      const isAccepted = (name: string): boolean => policy?.accept.has(name) ?? false;
      expect(diagnostics.filter(({ about }) => about?.every(isAccepted) !== true)).toEqual([]);
    },
  );

  test('has one row for each key', () => {
    const keys = policyKeysAt([]).flatMap((key) => {
      const inner = policyKeysAt([key]).map((name) => `${key}.${name}`);
      return inner.length === 0 ? [key] : inner;
    });
    const rows = [...page.matchAll(/^\| `([a-z.-]+)` \|/gm)].map((match) => match[1]);
    expect(rows.filter((row) => keys.includes(row ?? '')).sort()).toEqual(keys.sort());
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
