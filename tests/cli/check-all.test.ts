import { describe, expect, test } from 'vitest';
import { portcullis } from '../support/portcullis.ts';
import { TestFolder } from '../support/test-folder.ts';

/** One mistake of each stage: the file, the schema, the host, the filter. */
const WRONG = `portcullis: 1
service: wrong
listen: tcp://[::]:70000
run: [/bin/no-such-program]
user: nobdy
limits: { sesions: 4 }
rlimits: { nofile: 2 }
seccomp: { rules: [reed, "@start"], kernel: "3.1" }
`;

describe('portcullis check', () => {
  test('reports the problems of every stage in one run, in the order of the file', async () => {
    using folder = new TestFolder();
    const { code, stdout } = await portcullis(['check', '--json', folder.write('wrong.yaml', WRONG)]);
    const found = (JSON.parse(stdout) as { code: string; span: { line: number } }[]).map((problem) => [
      problem.span.line,
      problem.code,
    ]);
    expect(found).toEqual([
      [3, 'listen-address'],
      [4, 'executable-missing'],
      [5, 'unknown-user'],
      [6, 'unknown-key'],
      [7, 'rlimit-range'],
      [8, 'unknown-call'],
      [8, 'kernel-too-old'],
    ]);
    expect(code).toBe(1);
  });

  test('reports a program without a path once: a file of that name in the current folder means nothing', async () => {
    using folder = new TestFolder();
    const text = WRONG.replace('/bin/no-such-program', 'cat');
    const { stdout } = await portcullis(['check', '--json', folder.write('wrong.yaml', text)]);
    const found = JSON.parse(stdout) as { code: string; span: { line: number } }[];
    expect(found.filter(({ span }) => span.line === 4).map(({ code }) => code)).toEqual(['run-path']);
  });
});
