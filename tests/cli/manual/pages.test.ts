import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import packageDescription from '../../../package.json' with { type: 'json' };
import { GLOBAL_OPTIONS } from '../../../src/cli/arguments/global-options.ts';
import { MANUAL_PAGES } from '../../../src/cli/manual/pages.ts';
import { fileName, pageSource } from '../../../src/cli/manual/roff.ts';
import { COMMANDS } from '../../../src/cli/program-description.ts';
import { policyReference } from '../../../src/policy/reference/policy-reference.ts';
import { page } from '../../docs/support/page.ts';

const FOLDER = new URL('../../../dist/man/', import.meta.url).pathname;
const FILES = MANUAL_PAGES.map(fileName);

/** A page as man(1) shows it, without what it does for a terminal; lines are joined. */
function shown(file: string): string {
  const env = { PATH: '/usr/bin:/bin', MANWIDTH: '80', LC_ALL: 'C.UTF-8' };
  const text = execFileSync('man', ['-l', `${FOLDER}${file}`], { env, encoding: 'utf8' });
  return text.replaceAll(/\s+/g, ' ');
}

function complaints(program: string, args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return stdout + stderr;
}

test('the build has written every page as it is, and the package installs them', () => {
  expect(readdirSync(FOLDER).toSorted()).toEqual(FILES.toSorted());
  for (const manual of MANUAL_PAGES)
    expect(readFileSync(`${FOLDER}${fileName(manual)}`, 'utf8')).toBe(
      pageSource(manual, packageDescription.version),
    );
  expect(packageDescription.man).toEqual(FILES.map((file) => `dist/man/${file}`));
});

describe.each(FILES)('%s', (file) => {
  test('is read by groff and mandoc without a warning', () => {
    expect(complaints('groff', ['-man', '-Tutf8', '-ww', '-z', `${FOLDER}${file}`])).toBe('');
    // Pages are the same whenever they are built, so they have no date.
    const lines = complaints('mandoc', ['-Tlint', '-W', 'warning', `${FOLDER}${file}`]).split('\n');
    expect(lines.filter((line) => line !== '' && !line.includes('missing date'))).toEqual([]);
  });

  test('has the parts that every page has', () => {
    const text = shown(file);
    for (const heading of ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'EXAMPLES', 'SEE ALSO'])
      if (!(heading === 'SYNOPSIS' && file.endsWith('.5'))) expect(text).toContain(` ${heading} `);
  });

  test('refers to pages of ours that exist', () => {
    const named = [...shown(file).matchAll(/(portcullis(?:-[a-z]+)?)\((\d)\)/g)];
    expect(named.length).toBeGreaterThan(COMMANDS.length);
    for (const [, name, section] of named) expect(FILES).toContain(`${name}.${section}`);
  });
});

test('portcullis(1) has every command', () => {
  const text = shown('portcullis.1');
  for (const { name } of COMMANDS) expect(text).toContain(` ${name} `);
});

test.each(COMMANDS)('portcullis-$name(1) has every option, exit status and example', (command) => {
  const text = shown(`portcullis-${command.name}.1`);
  for (const option of [...command.options, ...GLOBAL_OPTIONS]) {
    const short = option.alias === undefined ? '' : `-${option.alias}, `;
    const value = option.kind === 'boolean' ? '' : ` ${option.argument}`;
    expect(text).toContain(` ${short}--${option.name}${value} `);
  }
  for (const { code } of command.exitCodes) expect(text).toContain(` ${code} `);
  for (const { line } of command.examples) expect(text).toContain(line);
});

describe('portcullis-policy(5)', () => {
  test('has every key with its default and its example', () => {
    const text = shown('portcullis-policy.5');
    for (const key of policyReference().flatMap((top) => (top.keys.length === 0 ? [top] : top.keys))) {
      expect(text).toContain(` ${key.path} `);
      if (key.default?.literal === true) expect(text).toContain(`Default: ${key.default.text}.`);
      expect(text).toContain(key.example);
    }
  });

  test('shows the worked example', () => {
    const blocks = MANUAL_PAGES.find(({ section }) => section === 5)?.blocks ?? [];
    const codes = blocks.flatMap((block) => (block.kind === 'code' ? [`${block.lines.join('\n')}\n`] : []));
    expect(codes).toContain(page('examples/daytime.yaml'));
  });
});
