import { describe, expect, test } from 'vitest';
import { portcullis } from '../support/portcullis.ts';
import { TestFolder } from '../support/test-folder.ts';
import { blocks, PAGES, page } from './support/page.ts';

const readme = page('README.md');
const [policy = ''] = blocks(readme, 'yaml');
const report = blocks(readme, 'text').find((block) => block.includes('^')) ?? '';

/** The policy with the lines that a report quotes in the place of its own, or behind its last. */
function withLinesOf(text: string, quoted: string): string {
  const lines = text.trimEnd().split('\n');
  for (const [, number, line = ''] of quoted.matchAll(/^ +(\d+) \| (.*)$/gm))
    lines[Number(number) - 1] = line;
  return `${lines.join('\n')}\n`;
}

describe('README.md', () => {
  test('shows twelve lines of policy, which are the worked example', () => {
    expect(policy.trimEnd().split('\n')).toHaveLength(12);
    expect(policy).toBe(page('examples/daytime.yaml'));
  });

  test('shows what check says about that policy with mistakes', async () => {
    using folder = new TestFolder();
    const file = folder.write('daytime.yaml', withLinesOf(policy, report));
    const { stdout, code } = await portcullis(['check', file]);
    expect(code).toBe(1);
    expect(stdout.replaceAll(`${folder.path}/`, '')).toBe(report);
  });

  test('has a link to every page', () => {
    const pages = PAGES.filter((path) => path.startsWith('docs/'));
    for (const path of [...pages, 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md'])
      expect(readme).toContain(`](${path})`);
  });
});
