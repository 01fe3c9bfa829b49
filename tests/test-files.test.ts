import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { NODE } from './support/portcullis.ts';
import { TestFolder } from './support/test-folder.ts';
import { freeUser } from './support/users.ts';
import { reachedFrom, systemTests, testFiles } from './test-files.ts';

const ROOT = new URL('..', import.meta.url).pathname;

const system = systemTests();
const unit = testFiles().filter((file) => !system.includes(file));

/** No I/O happens in what these import, as tests/layers.test.ts shows; their long tests need no second run. */
const PURE = /^tests\/(plan|seccomp)\//;

/** What vitest writes into the packages, which only their owner may. */
const CACHES = ['.vite', '.vite-temp', '.experimental-vitest-cache'];

describe('unit tests', () => {
  test('are those of the code without input and output', () => {
    expect(system.filter((file) => file.startsWith('tests/policy/'))).toEqual([]);
    expect(unit.filter((file) => PURE.test(file)).length).toBeGreaterThan(40);
    for (const folder of ['confinement', 'launch', 'services'])
      expect(unit.filter((file) => file.startsWith(`tests/${folder}/`))).toEqual([]);
  });

  test('of the policy load no compiler of filters, so that they answer at once', () => {
    const loaded = testFiles()
      .filter((file) => file.startsWith('tests/policy/'))
      .flatMap((file) => [...reachedFrom(file)].map((path) => relative(ROOT, path)));
    expect(loaded).toContain('src/policy/parse-policy.ts');
    expect(loaded.filter((path) => /^src\/(seccomp|plan)\//.test(path))).toEqual([]);
  });

  test('pass as an ordinary user in a checkout that is not built', () => {
    using folder = new TestFolder();
    const checkout = join(folder.path, 'checkout');
    const home = join(folder.path, 'home');
    for (const name of readdirSync(ROOT).filter((entry) => !/^(node_modules|dist|\.git)$/.test(entry)))
      cpSync(join(ROOT, name), join(checkout, name), { recursive: true });
    mkdirSync(home, { mode: 0o1777 });
    const packages = join(checkout, 'node_modules');
    mkdirSync(packages);
    const user = String(freeUser());
    const commands = [
      'umask 022; chmod -R a+rX "$CHECKOUT"; chmod 1777 "$HOME"; cd "$CHECKOUT"',
      `mkdir -p ${CACHES.map((cache) => `'${ROOT}node_modules/${cache}'`).join(' ')}`,
      `mount --bind '${ROOT}node_modules' node_modules`,
      ...CACHES.map((cache) => `mount -t tmpfs -o mode=1777 none node_modules/${cache}`),
      `exec setpriv --reuid ${user} --regid ${user} --clear-groups --bounding-set=-all --inh-caps=-all "$@"`,
    ];
    const vitest = [NODE, 'node_modules/vitest/vitest.mjs', 'run', '--project', 'unit'];
    const files = unit.filter((file) => !PURE.test(file));
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      ['--mount', 'sh', '-e', '-c', commands.join('\n'), 'sh', ...vitest, ...files],
      {
        env: { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: home, CHECKOUT: checkout, NO_COLOR: '1' },
        encoding: 'utf8',
      },
    );
    expect(`${stdout}${stderr}`).toMatch(
      new RegExp(`Test Files +${files.length} passed \\(${files.length}\\)`),
    );
    expect(status).toBe(0);
  }, 300_000);
});
