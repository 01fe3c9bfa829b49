import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasErrors } from '../../src/policy/diagnostic.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';

const VALID = `portcullis: 1
service: finger
listen: ["tcp4://127.0.0.1:79", "tcp6://[::]:79"]
run: [/usr/sbin/efingerd, -n]
user: nobody
capabilities: [KILL]
umask: 0022
environment: { pass: [TZ], set: { LANG: C } }
rlimits: { nofile: { soft: 16, hard: 32 }, as: 64MiB, cpu: 2s, core: "1:unlimited" }
limits: { sessions: 40, per-source: 4, time: 20s }
seccomp:
  kernel: "6.1"
  rules:
    - "@start"
    - write(fd in {1, 2})
  groups:
    "@mine": [read]
`;

const FRAGMENTS = [
  ...[
    '[',
    ']',
    '{',
    '}',
    ':',
    ': ',
    '- ',
    '\n',
    '\n  ',
    '"',
    "'",
    '|',
    '>',
    '#',
    '&a ',
    '*a',
    '!!str ',
    '? ',
    '<<: *a',
    '---\n',
  ],
  ...[
    '%YAML 1.1\n',
    '\t',
    '\0',
    '\r',
    '\u2028',
    '\ud800',
    '0x',
    '-1',
    '1e999',
    '.inf',
    'null',
    '99999999999999999999',
  ],
  ...[
    'unlimited',
    '5:3',
    '__proto__: 1\n',
    'constructor: 1\n',
    'toString',
    'rlimits: ',
    '10m',
    '..',
    '/',
    ' '.repeat(40),
  ],
];

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(VALID.length),
  remove: fc.oneof(fc.constant(0), fc.nat(12)),
  insert: fc.oneof(
    fc.constantFrom(...FRAGMENTS),
    fc.string({ unit: 'binary', maxLength: 3 }),
    fc.constant(''),
  ),
});

function apply(text: string, { at, remove, insert }: Edit): string {
  return text.slice(0, at) + insert + text.slice(at + remove);
}

test('whatever the text, the answer is a policy or an error inside the text', () => {
  let policies = 0;
  let refusals = 0;
  const property = fc.property(fc.array(edit, { maxLength: 4 }), (edits) => {
    const text = edits.reduce(apply, VALID);
    const lines = text.split('\n');
    const { policy, diagnostics } = parsePolicy(text, 'x.yaml');
    expect(policy === undefined).toBe(hasErrors(diagnostics));
    for (const { span, message } of diagnostics) {
      expect(message).not.toBe('');
      const line = lines[(span?.line ?? 0) - 1];
      expect(span).toBeDefined();
      expect(line).toBeDefined();
      expect(span?.column).toBeLessThanOrEqual((line?.length ?? 0) + 1);
    }
    if (policy === undefined) refusals += 1;
    else policies += 1;
  });
  fc.assert(property, { numRuns: 20_000, interruptAfterTimeLimit: 8_000 });
  expect(policies).toBeGreaterThan(10);
  expect(refusals).toBeGreaterThan(10);
}, 20_000);

test.each([
  ['sequences', '- '.repeat(100_000)],
  ['brackets', '['.repeat(200_000)],
  ['braces', '{a: '.repeat(60_000)],
  ['explicit keys', '? '.repeat(100_000)],
  ['indentation', `a:\n${Array.from({ length: 600 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')}`],
  ['spaces', `${' '.repeat(250_000)}a`],
  ['tags', '!x '.repeat(80_000)],
  ['anchors', '&a '.repeat(80_000)],
  ['newlines', '\n'.repeat(250_000)],
  ['an open quote', `"${'\n'.repeat(250_000)}`],
  ['more than any policy', '#'.repeat(300_000)],
])('a flood of %s is refused soon', (_name, text) => {
  const start = performance.now();
  const { policy, diagnostics } = parsePolicy(text, 'x.yaml');
  expect(policy).toBeUndefined();
  expect(hasErrors(diagnostics)).toBe(true);
  expect(performance.now() - start).toBeLessThan(10_000);
});
