import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { page } from './support/page.ts';

const GENERATOR = new URL('../../docs/architecture.js', import.meta.url).pathname;

test('docs/architecture.svg is what its source draws', () => {
  const drawn = execFileSync(process.execPath, [GENERATOR], { encoding: 'utf8' });
  expect(drawn).toMatch(/^<svg .*<\/svg>\n$/s);
  expect(page('docs/architecture.svg')).toBe(drawn);
});
