import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAction, parseRule, resolveFilter } from '../../src/seccomp/index.ts';
import { policyOf } from './support/policy.ts';

const PIECES = [
  ...[
    'read',
    'openat',
    '@start',
    'flags',
    'fd',
    'arg0',
    'O_CREAT',
    'NULL',
    'in',
    'not',
    'errno',
    'EPERM',
    'allow',
    'trap',
    'log',
  ],
  ...[
    '(',
    ')',
    '{',
    '}',
    ',',
    '->',
    '&&',
    '||',
    '&',
    '|',
    '!',
    '~',
    '-',
    '..',
    '==',
    '!=',
    '<',
    '<=',
    '>',
    '>=',
  ],
  ...['0', '1', '0x10', '017', '4096', ' ', '\t', '\n', '=', '"', '\u{1F600}', 'ü'],
];

const nearlyRule = fc.array(fc.constantFrom(...PIECES), { maxLength: 24 }).map((pieces) => pieces.join(''));

test('no text makes the parser throw, and every problem lies inside the text', () => {
  fc.assert(
    fc.property(fc.oneof(nearlyRule, fc.string({ unit: 'binary', maxLength: 60 })), (text) => {
      for (const result of [parseRule(text), parseAction(text)]) {
        if (result.ok) continue;
        const { offset, length, message } = result.problem;
        expect(message).not.toBe('');
        expect(length).toBeGreaterThan(0);
        expect(offset >= 0 && offset <= text.length).toBe(true);
      }
    }),
    { numRuns: 100_000 },
  );
}, 60_000);

test('no text makes the resolver throw', () => {
  const rule = fc.array(nearlyRule, { maxLength: 3 });
  fc.assert(
    fc.property(rule, fc.constantFrom('x86_64', 'aarch64'), (rules, architecture) => {
      resolveFilter(policyOf(rules), architecture === 'x86_64' ? 'x86_64' : 'aarch64');
    }),
    { numRuns: 1_000 },
  );
}, 60_000);

test.each([
  `read${'('.repeat(10_000)}`,
  `read(${'!'.repeat(4_000)}fd == 1)`,
  `read(fd == ${'~'.repeat(4_000)}1)`,
  `read(fd == ${'('.repeat(2_000)}1)`,
  `read(fd == ${'9'.repeat(4_000)})`,
])('%#: depth and length have an end', (text) => {
  const result = parseRule(text);
  expect(result.ok).toBe(false);
});
