import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PACKAGE } from '../support/portcullis.ts';
import { exerciseFile, FOLDERS, labCheck } from './support/lab-check.ts';

const LABS = new URL('../../labs/', import.meta.url).pathname;

function text(name: string): string {
  return readFileSync(join(LABS, name), 'utf8');
}

/** Pairs of pages: English and French. */
const PAGES = ['README', 'TEACHING', 'SOCKETS', ...FOLDERS.map((folder) => `${folder}/README`)];

function count(page: string, pattern: RegExp): number {
  return [...page.matchAll(pattern)].length;
}

describe.each(PAGES)('%s.md and its French page', (name) => {
  const english = text(`${name}.md`);
  const french = text(`${name}.fr.md`);

  test('have the same headings, tables, steps and commands', () => {
    for (const pattern of [/^#+ /gm, /^\|/gm, /^\d\. /gm, /^- /gm])
      expect(count(french, pattern)).toBe(count(english, pattern));
    const blocks = (page: string): readonly string[] => [...page.matchAll(/^```[\s\S]*?^```/gm)].map(String);
    expect(blocks(french)).toEqual(blocks(english));
  });

  test('have links that lead somewhere', () => {
    for (const page of [english, french])
      for (const [, target = ''] of page.matchAll(/\]\(([^)#]+)[^)]*\)/g))
        expect({ target, exists: existsSync(join(LABS, dirname(name), target)) }).toEqual({
          target,
          exists: true,
        });
  });
});

test.each(['README', 'TEACHING'])('%s.md names every exercise', (name) => {
  for (const page of [text(`${name}.md`), text(`${name}.fr.md`)])
    for (const folder of FOLDERS) expect(page).toContain(`(${folder}/README`);
});

test("the lecture's path prints what the guide shows", () => {
  const shown = /```text\n(option[\s\S]*?)```/.exec(text('TEACHING.md'))?.[1] ?? '';
  const printed = execFileSync(join(PACKAGE, 'labs/inetd/walk.sh'), { encoding: 'utf8', timeout: 60_000 });
  // The sets of capabilities grow with the kernel.
  const alike = (output: string): string =>
    output.replaceAll(/\b0000[0-9a-f]*fffeffffff\b|\b0000[0-9a-f]*ffffffff\b/g, 'ALL');
  expect(alike(printed)).toBe(alike(shown));
});

test('the mistakes of the guide are in the words of the check', async () => {
  const quotes = [...text('TEACHING.md').matchAll(/The check: (.*)$/gm)].map(([, words = '']) =>
    [...words.matchAll(/"([^"]+)"/g)].map(([, quote = '']) => quote),
  );
  expect(quotes).toHaveLength(8);
  for (const [index, said] of quotes.entries()) {
    const attacks = readFileSync(exerciseFile(index + 1, 'exercise.yaml'), 'utf8');
    for (const quote of said) expect(attacks).toContain(`name: ${quote.replace(/: the answer has$/, '')}`);
  }
  const { result } = await labCheck(8, new URL('wrong/08-two-names.yaml', import.meta.url).pathname);
  expect(result.stopped.evidence.join()).toContain(quotes[7]?.[0]);
});

test('the naive inetd is read in a lecture: less than 300 lines', () => {
  expect(text('inetd/inetd.c').split('\n').length).toBeLessThanOrEqual(300);
});
