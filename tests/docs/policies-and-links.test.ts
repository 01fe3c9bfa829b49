import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compilePlan } from '../../src/plan/compile.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { NOBODY, sampleFacts } from '../support/policy.ts';
import { blocks, PAGES, page } from './support/page.ts';

const ROOT = new URL('../../', import.meta.url);
const HEAD = 'portcullis: 1\nservice: example\nlisten: tcp://[::]:7\nrun: [/bin/cat]\n';

/** Every YAML block: a policy, or a piece of one that the head makes whole. */
const examples = PAGES.flatMap((path) =>
  blocks(page(path), 'yaml').map((text, index) => ({
    path,
    index,
    text: text.startsWith('portcullis:') ? text : HEAD + text,
  })),
);

const links = PAGES.flatMap((path) =>
  [...page(path).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => ({ path, target }))
    .filter(({ target }) => !/^https?:/.test(target)),
);

/** The anchor that a heading gets: small letters, hyphens for spaces, no punctuation. */
function anchors(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('policies in the documents', () => {
  test('are there', () => {
    expect(examples.length).toBeGreaterThan(5);
  });

  test.each(examples)('$path, example $index, compiles to a plan', ({ path, text }) => {
    const { policy, diagnostics } = parsePolicy(text, path, { requireListen: false });
    const isAccepted = (name: string): boolean => policy?.accept.has(name) ?? false;
    expect(diagnostics.filter(({ about }) => about?.every(isAccepted) !== true)).toEqual([]);
    if (policy === undefined) throw new Error('no policy although there is no problem');
    const root = policy.user === 'root';
    const compiled = compilePlan({
      policy,
      facts: sampleFacts(),
      identity: root ? { uid: 0, gid: 0, groups: [] } : NOBODY,
      unprivileged: false,
      shape: 'serve',
      caller: {},
    });
    expect(compiled.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(compiled.plan?.steps.at(-1)?.verb).toBe('exec');
  });
});

describe('links in the documents', () => {
  test.each(links)('$path leads to $target', ({ path, target }) => {
    const [file = '', anchor] = target.split('#');
    const url = file === '' ? new URL(path, ROOT) : new URL(file, new URL(path, ROOT));
    expect(existsSync(url)).toBe(true);
    if (anchor !== undefined)
      expect(anchors(page(url.pathname.slice(ROOT.pathname.length)))).toContain(anchor);
  });
});
