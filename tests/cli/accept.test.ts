import { describe, expect, test } from 'vitest';
import { portcullis } from '../support/portcullis.ts';
import { TestFolder } from '../support/test-folder.ts';

const HEAD = 'portcullis: 1\nservice: ends\nlisten: tcp://127.0.0.1:9\nrun: [/bin/cat]\n';
const RULES = 'seccomp: { rules: ["@start", "@stdio", setsid] }\n';
const ACCEPT = 'accept: { setsid: two halves of it end each other }\n';

describe('a warning that a policy accepts', () => {
  test('is a finding of check --strict until it is accepted, and then a note', async () => {
    using folder = new TestFolder();
    const open = folder.write('open.yaml', HEAD + RULES);
    expect((await portcullis(['check', '--strict', open])).code).toBe(1);
    const accepting = folder.write('accepting.yaml', HEAD + ACCEPT + RULES);
    const { code, stdout } = await portcullis(['check', '--strict', accepting]);
    expect(stdout).toMatch(
      /accepting\.yaml:6:\d+: note: setsid: opens .*; accepted: two halves of it end each other/,
    );
    expect(stdout).toMatch(/1 policy: no errors\n$/);
    expect(code).toBe(0);
  });

  test('is no warning beside errors either', async () => {
    using folder = new TestFolder();
    const file = folder.write('wrong.yaml', `${HEAD}${ACCEPT}${RULES}user: nobody-has-this-name\n`);
    const { stdout } = await portcullis(['check', '--json', file]);
    const found = (JSON.parse(stdout) as { severity: string; code: string }[]).map(
      ({ severity, code }) => `${severity} ${code}`,
    );
    expect(found).toEqual(['note boundary-opened', 'error unknown-user']);
  });

  test('is accepted on the command line as well', async () => {
    using folder = new TestFolder();
    const open = folder.write('open.yaml', HEAD + RULES);
    const { code } = await portcullis(['check', '--strict', '-p', open, '--accept', 'setsid=tried by hand']);
    expect(code).toBe(0);
  });

  test('is printed by plan, as text and as data, with its reason', async () => {
    using folder = new TestFolder();
    const file = folder.write('accepting.yaml', HEAD + ACCEPT + RULES);
    const printed = await portcullis(['plan', file]);
    expect(printed.stdout.split('\n')[1]).toBe('accepts setsid: two halves of it end each other');
    expect(printed.stderr).toBe('');
    const { stdout } = await portcullis(['plan', '--json', file]);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: { setsid: 'two halves of it end each other' } });
  });
});
