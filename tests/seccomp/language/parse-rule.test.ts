import { expect, test } from 'vitest';
import { parseRule } from '../../../src/seccomp/index.ts';

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
