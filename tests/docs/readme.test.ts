import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { portcullis } from '../support/portcullis.ts';
import { TestFolder } from '../support/test-folder.ts';
import { Console } from './support/console.ts';
import { blocks, PAGES, page } from './support/page.ts';

const readme = page('README.md');
const [policy = ''] = blocks(readme, 'yaml');
const report = blocks(readme, 'text').find((block) => block.includes('^')) ?? '';
const session = blocks(readme, 'text').find((block) => block.startsWith('echo: ready')) ?? '';
/** The line that a reader copies into a second shell. */
const tried = session.split('\n')[1]?.trim() ?? '';
const typed = blocks(readme, 'sh').flatMap((block) => block.trimEnd().split('\n'));

/** The policy with the lines that a report quotes in the place of its own, or behind its last. */
function withLinesOf(text: string, quoted: string): string {
  const lines = text.trimEnd().split('\n');
  for (const [, number, line = ''] of quoted.matchAll(/^ +(\d+) \| (.*)$/gm))
    lines[Number(number) - 1] = line;
  return `${lines.join('\n')}\n`;
}

/** Without times, ports of clients and sizes. */
function alike(text: string): string {
  return text.replaceAll(/\b\d\d:\d\d:\d\d\.\d{3}|\d+(\.\d+)? (ms|us|KB)\b|127\.0\.0\.1:\d{4,5}\b/g, 'N');
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

  test('is read in ten minutes: two screens', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(127);
  });
});

describe('the commands of README.md, typed in a checkout', () => {
  const ROOT = new URL('../../', import.meta.url).pathname;
  let checkout: TestFolder;

  beforeAll(() => {
    checkout = new TestFolder();
    const files = [
      'src',
      'gate',
      'labs',
      'policies',
      'package.json',
      'tsconfig.json',
      'tsconfig.library.json',
    ];
    execFileSync('cp', ['-r', ...files.map((name) => `${ROOT}${name}`), checkout.path]);
    // The packages are those that `npm ci` has put here.
    execFileSync('ln', ['-s', `${ROOT}node_modules`, `${checkout.path}/node_modules`]);
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: checkout.path });
  });
  afterAll(() => checkout[Symbol.dispose]());

  /** A shell of root's in the checkout. */
  async function shell(): Promise<Console> {
    const console = new Console();
    for (const command of [
      `cd '${checkout.path}'`,
      `PATH="$PATH:${dirname(process.execPath)}"`,
      'sudo() { "$@"; }',
    ])
      await console.run({ command, output: [] });
    return console;
  }

  /** Starts a service, types `client` when it is ready, and gives what both have printed at the end of the session. */
  async function serve(command: string, client: string): Promise<{ answer: string; printed: string }> {
    await using console = await shell();
    // The checkout has that of the line before, until this one begins.
    await console.run({ command: `rm -f printed; ${command} > printed 2>&1 &`, output: [] });
    const wait = (text: string): string => `until grep -qs '${text}' printed; do sleep 0.05; done`;
    await console.run({ command: wait('ready\\|listening'), output: [] });
    const answer = await console.run({ command: client, output: [] });
    // A client that is not served has no session whose end could be waited for.
    if (answer.length === 0 || answer.join('').includes('bash:'))
      throw new Error([...answer, ...(await console.run({ command: 'cat printed', output: [] }))].join('\n'));
    await console.run({ command: wait('"end"\\|ended'), output: [] });
    const printed = await console.run({ command: 'cat printed', output: [] });
    return { answer: answer.join('\n'), printed: `${printed.join('\n')}\n` };
  }

  /** Every line of the page that is typed, and what is to come of it. */
  const LINES: Readonly<Record<string, (line: string) => Promise<void>>> = {
    'npm ci && npm start': async () => {
      const { answer, printed } = await serve('npm start --silent -- --no-json', tried);
      expect(answer).toBe('hello');
      expect(alike(printed)).toBe(alike(session));
    },
    'npm ci && npm test': async () => {
      const steps = page('.ci/run').split('\n');
      expect(steps.filter((step) => /^npm /.test(step))).toEqual([
        expect.stringMatching(/^npm ci\b/),
        'npm test',
      ]);
    },
    'sudo node dist/portcullis.js run --landlock best-effort --policy policies/echo.yaml --try hello': async (
      line,
    ) => {
      const { answer, printed } = await serve(line, tried);
      expect(answer).toBe('hello');
      expect(printed).toContain(`\n  ${tried}\n`);
    },
    'sudo node dist/portcullis.js run --listen tcp://:7979 --user nobody --rlimit nofile=32 -- cat': async (
      line,
    ) => {
      const { answer, printed } = await serve(line, 'echo hello | busybox nc 127.0.0.1 7979');
      expect(answer).toBe('hello');
      expect(printed).toContain('cat: ready on tcp://:7979');
    },
    'echo hello | sudo node dist/portcullis.js run -- tr a-z A-Z': async (line) => {
      await using console = await shell();
      expect(await console.run({ command: line, output: [] })).toEqual(['HELLO']);
    },
  };

  test('are all tried', () => {
    expect(typed.toSorted()).toEqual(Object.keys(LINES).toSorted());
  });

  test.each(typed)('%s', async (line) => {
    await LINES[line]?.(line);
  });

  test('report on the host with doctor', async () => {
    const [, doctor = ''] = /`(node dist\/portcullis\.js doctor)`/.exec(readme) ?? [];
    await using console = await shell();
    const printed = await console.run({ command: doctor, output: [] });
    expect(printed.join('\n')).toMatch(/Landlock ABI/);
  });
});
