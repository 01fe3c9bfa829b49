import { describe, expect, test } from 'vitest';
import { commandHelp, programHelp } from '../../src/cli/arguments/help-text.ts';
import { COMMANDS, PROGRAM } from '../../src/cli/program-description.ts';
import { page } from './support/page.ts';
import { helpPieces, markdownPieces, proseFigures } from './support/prose.ts';

/** So wide that no line is broken. */
const COLUMNS = 10_000;

const help = [programHelp(COLUMNS), ...COMMANDS.map((command) => commandHelp(command, COLUMNS))];

const TEXTS = [
  { name: 'README.md', pieces: markdownPieces(page('README.md')) },
  { name: '--help of every command', pieces: help.flatMap(helpPieces) },
  {
    name: 'the paragraphs of the manual pages',
    pieces: [PROGRAM, ...COMMANDS].flatMap(({ detail }) => detail.flatMap(markdownPieces)),
  },
];

describe.each(TEXTS)('$name', ({ pieces }) => {
  const figures = proseFigures(pieces);

  test('is long enough to be counted', () => {
    expect(figures.words).toBeGreaterThan(500);
  });

  test('has short sentences', () => {
    expect(figures.meanSentence).toBeLessThanOrEqual(20);
    expect(figures.longSentence).toBeLessThanOrEqual(30);
  });

  test('says what happens, subject first', () => {
    expect(figures.nothings).toBeLessThanOrEqual(2);
    expect(figures.whats).toBeLessThanOrEqual(4);
  });

  test('speaks to its reader', () => {
    expect(figures.yous).toBeGreaterThan(3);
  });
});

describe('the counts', () => {
  test('are those of words, sentences and clauses', () => {
    const figures = proseFigures(
      markdownPieces('# What\n\nWhat it has is `what`. You see nothing.\n\n- What?\n'),
    );
    expect(figures).toMatchObject({ words: 9, meanSentence: 5, longSentence: 5, nothings: 1000 / 9 });
    expect(figures.whats).toBeCloseTo(1000 / 9);
    expect(figures.yous).toBeCloseTo(1000 / 9);
  });

  test('leave out code, and take cells and items as they are', () => {
    const text =
      'A [link](what.md)\ngoes on.\n\n| one | two |\n| --- | --- |\n| `what` | three four |\n\n```sh\nwhat\n```\n';
    expect(markdownPieces(text)).toEqual(['A link goes on.', 'one', 'two', 'code', 'three four']);
    const rows = 'title: what\n\nUsage:\n  portcullis run\n\nOptions:\n  -h, --help     print this help\n';
    expect(helpPieces(rows)).toEqual(['title: what', 'print this help']);
  });
});
