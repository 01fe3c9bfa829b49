import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TestFolder } from './support/test-folder.ts';

const ROOT = new URL('..', import.meta.url).pathname;

interface PackedFile {
  readonly path: string;
  readonly mode: number;
}

/** The paths that an `exports` leads to. */
function targets(exported: unknown): readonly string[] {
  if (typeof exported === 'string') return [exported.replace(/^\.\//, '')];
  return Object.values(exported ?? {}).flatMap(targets);
}

test('the package has the built program, with a gate that can be executed, and is built before it is packed', () => {
  const answer = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT });
  const [{ files }]: readonly [{ readonly files: readonly PackedFile[] }] = JSON.parse(answer.toString());
  const modes = new Map(files.map(({ path, mode }) => [path, mode]));
  expect((modes.get(`dist/gate-${process.arch === 'x64' ? 'x86_64' : 'aarch64'}`) ?? 0) & 0o100).toBe(0o100);
  const { scripts, man, exports } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'));
  expect(targets(exports).length).toBeGreaterThan(1);
  for (const path of [
    ...targets(exports),
    ...man,
    'dist/portcullis.js',
    'dist/supervisor.cjs',
    'policies/policy.schema.json',
  ])
    expect([...modes.keys()]).toContain(path);
  expect(scripts.prepack).toBe(scripts.build);
});

test('what a command has to read before it can start is small', () => {
  const dist = `${ROOT}/dist`;
  const all = readdirSync(dist).filter((name) => name.endsWith('.js'));
  /** The files and what they import before they run; what is imported when it is needed is not read before. */
  const read = new Map<string, string>();
  const follow = (name: string): void => {
    if (read.has(name)) return;
    const text = readFileSync(`${dist}/${name}`, 'utf8');
    read.set(name, text);
    for (const [, next = ''] of text.matchAll(/(?:from|import)"\.\/([\w-]+\.js)"/g)) follow(next);
  };
  for (const name of all.filter((file) => /^(portcullis|main|parse-arguments|run-services)[.-]/.test(file)))
    follow(name);
  expect(read.size).toBeGreaterThan(4);
  expect([...read.values()].join('').length).toBeLessThan(915_000);
  // Both take longer to come up than the rest of their packages: tables of Unicode, and messages in fifty languages.
  const whole = all.map((name) => readFileSync(`${dist}/${name}`, 'utf8')).join('');
  expect(whole).not.toContain('Intl.Segmenter');
  expect(whole).not.toContain('Ungültige Eingabe');
});

test('a program in TypeScript finds the types of what it imports, and they are held to', () => {
  using folder = new TestFolder();
  mkdirSync(`${folder.path}/node_modules`);
  symlinkSync(ROOT, `${folder.path}/node_modules/portcullis`);
  const types = (source: string, resolution: readonly string[]): string => {
    const file = folder.write('program.ts', source);
    const options = ['--noEmit', '--strict', '--target', 'es2023', '--types', '', '--module', ...resolution];
    return spawnSync(`${ROOT}/node_modules/.bin/tsc`, [...options, file], {
      cwd: folder.path,
      encoding: 'utf8',
    }).stdout;
  };
  const right = `
    import { compile, parseFilter, simulate, type Action } from 'portcullis/seccomp';
    const { filter } = parseFilter('write(fd in {1, 2})', { architecture: 'x86_64' });
    export const action: Action | undefined = filter && simulate(compile(filter), { call: 'write', args: [1] });
    import { ConfineError, confine, type Confinement } from 'portcullis';
    export const confined = (): Confinement => confine({ filter: '@node', rlimits: { nofile: 16, as: 'infinity' } });
    export const step = (error: unknown): string | undefined => (error instanceof ConfineError ? error.step : undefined);
  `;
  for (const resolution of [['nodenext'], ['esnext', '--moduleResolution', 'bundler']])
    expect(types(right, resolution)).toBe('');
  expect(types(right.replace('Action |', 'number |'), ['nodenext'])).toContain('TS2322');
});
