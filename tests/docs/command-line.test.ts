import { describe, expect, test } from 'vitest';
import { GLOBAL_OPTIONS } from '../../src/cli/arguments/global-options.ts';
import { COMMANDS } from '../../src/cli/program-description.ts';
import { portcullis } from '../support/portcullis.ts';
import { blocks, PAGES, page } from './support/page.ts';

const text = page('docs/command-line.md');
const NAMES = COMMANDS.map(({ name }) => name);

/** The options of a command, with their dashes. */
function optionsOf(name: string): readonly string[] {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  return [...(command?.options ?? []), ...GLOBAL_OPTIONS].map((option) => `--${option.name}`);
}

/** Rows of the table of options: the option and where it exists. */
const rows = [...text.matchAll(/^\| `(--[a-z-]+)`[^|]*\| ([^|]+) \|/gm)].map(
  ([, option = '', where = '']) => ({
    option,
    where,
  }),
);

/** The command lines of the pages that call portcullis, without what stands before its name. */
const lines = PAGES.flatMap((path) =>
  blocks(page(path), 'sh').flatMap((block) =>
    block
      .split('\n')
      .map((line) => /(?:^| )(?:portcullis|node dist\/portcullis\.js) (.*)$/.exec(line)?.[1])
      .flatMap((words) => (words === undefined ? [] : [{ path, words: words.split(' ') }])),
  ),
);

describe('docs/command-line.md', () => {
  test.each(NAMES)('has the options of %s, and no others', (command) => {
    const documented = rows
      .filter(({ where }) => where === 'everywhere' || where.includes(`\`${command}\``))
      .map(({ option }) => option);
    expect(documented.toSorted()).toEqual(optionsOf(command).toSorted());
  });

  test('has the commands of --help, and no others', async () => {
    const { stdout } = await portcullis(['--help']);
    const [, commands = ''] = stdout.split('Commands:');
    const offered = [...commands.matchAll(/^ {2}(\w+) {2,}/gm)].map(([, name]) => name);
    const sections = [...text.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
    expect(offered).toEqual(NAMES);
    expect(sections).toEqual(NAMES);
  });

  test('is right about the exit codes of what cannot be read or is not known', async () => {
    for (const args of [['check', '/nonexistent'], ['plan', '/nonexistent'], ['check'], ['chek']])
      expect({ args, code: (await portcullis(args)).code }).toEqual({ args, code: 2 });
    expect((await portcullis(['run', '/nonexistent'])).code).toBe(125);
    expect((await portcullis(['run', '--jsn', 'x'])).code).toBe(125);
  });
});

describe('command lines of the documents', () => {
  test('are found', () => {
    expect(lines.length).toBeGreaterThan(5);
  });

  test.each(lines)('$path: portcullis $words', ({ words }) => {
    const [command = '', ...rest] = words;
    expect(NAMES).toContain(command);
    const options = optionsOf(command);
    // What follows -- is a command line of its own.
    const own = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
    for (const word of own.filter((part) => part.startsWith('-') && part !== '-'))
      expect(options).toContain(word);
  });
});
