import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = new URL('..', import.meta.url).pathname;

/** The folders of code; `labs` is checked where it is there. */
const FOLDERS = ['src', 'gate', 'bench', ...['labs'].filter((folder) => existsSync(join(ROOT, folder)))];

const CODE = /\.(ts|js|c|h|S)$/;

/** The start of a block comment, up to its first word; a star may begin the line of that word. */
const BLOCK = /\/\*\*?\s+(?:\*\s+)?(?=[\w`@])/g;

/** The start of a line comment, alone on its line or behind code. A line alone continues a comment alone above it. */
const LINE = /(?<=^|\s)\/\/ +/gm;

const ALONE = /^\s*\/\//;

/** A comment opens with the thing or the verb ("Returns ..."), not with one of these words. */
const QUESTION = /^(what|who|whom|whose|whoever|whether|where|how|which)\b/i;

interface Opening {
  readonly line: number;
  readonly text: string;
}

/** The first line of every comment of a text, without its mark. */
function openings(text: string): readonly Opening[] {
  const lines = text.split('\n');
  return [BLOCK, LINE]
    .flatMap((pattern) => [...text.matchAll(pattern)])
    .map((match) => match.index + match[0].length)
    .map((start) => ({
      line: text.slice(0, start).split('\n').length,
      text: text.slice(start).split('\n', 1)[0] ?? '',
    }))
    .filter(({ line }) => !(ALONE.test(lines[line - 1] ?? '') && ALONE.test(lines[line - 2] ?? '')));
}

test('the first line of every kind of comment is found', () => {
  const text = [
    '/** What one line says. */',
    'int a; /* whose mark stands behind code */',
    '/**',
    ' * How several lines open.',
    ' * Where the second one goes on.',
    ' */',
    '\t// Which line stands alone.',
    '\t// Who goes on does not open.',
    "b('http://where.example'); // whether this ends a line",
    '/** A good one. */',
  ].join('\n');
  const found = openings(text);
  expect(found.map(({ line }) => line).sort((one, other) => one - other)).toEqual([1, 2, 4, 7, 9, 10]);
  expect(found.filter((opening) => !QUESTION.test(opening.text))).toEqual([
    { line: 10, text: 'A good one. */' },
  ]);
});

test.each(FOLDERS)('no comment in %s opens with a question word', (folder) => {
  const comments = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => CODE.test(name))
    .flatMap((name) =>
      openings(readFileSync(join(ROOT, folder, name), 'utf8')).map(({ line, text }) => ({
        place: `${folder}/${name}:${line}`,
        text,
      })),
    );
  expect(comments.length).toBeGreaterThan(0);
  expect(
    comments.filter(({ text }) => QUESTION.test(text)).map(({ place, text }) => `${place}: ${text}`),
  ).toEqual([]);
});
