import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { page } from './support/page.ts';

const ROOT = new URL('../../', import.meta.url);

const [, section = ''] = page('SECURITY.md').split('\n## What has been tried\n');
const [table = ''] = section.split('\n## ');

/** Each claim with the tests that attack it. */
const claims = [...table.matchAll(/^\| (.*?) \| (\[.*) \|$/gm)].map(([, claim = '', cell = '']) => ({
  claim,
  attacks: [...cell.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)].map(([, title = '', file = '']) => ({
    title,
    file,
  })),
}));

/** The titles in a file of tests, behind whatever makes a test of them. */
function titlesIn(file: string): readonly string[] {
  const called = /^ *(?:describe|test|testAttacks)\b[^'"`]*?\(\s*(['"`])(.*?)\1,/gm;
  return [...page(file).matchAll(called)].map(([, , title = '']) => title);
}

describe('claims of SECURITY.md', () => {
  test('are there', () => {
    expect(claims.length).toBeGreaterThan(20);
  });

  test.each(claims)('$claim', ({ attacks }) => {
    expect(attacks.length).toBeGreaterThan(0);
    for (const { title, file } of attacks) expect(titlesIn(file), file).toContain(title);
  });

  test('are all that is attacked from inside', () => {
    const files = readdirSync(new URL('tests/confinement/', ROOT)).filter((name) =>
      name.endsWith('.test.ts'),
    );
    const named = claims.flatMap(({ attacks }) => attacks.map(({ title, file }) => `${file}: ${title}`));
    const outermost = /^(?:describe|test|testAttacks)\b[^'"`]*?\(\s*(['"`])(.*?)\1,/gm;
    const tried = files.flatMap((name) => {
      const file = `tests/confinement/${name}`;
      return [...page(file).matchAll(outermost)].map(([, , title = '']) => `${file}: ${title}`);
    });
    expect(tried.filter((attack) => !named.includes(attack))).toEqual([]);
  });
});
