import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const ROOT = new URL('..', import.meta.url).pathname;

interface PackedFile {
  readonly path: string;
  readonly mode: number;
}

test('the package has the built program, with a gate that can be executed, and is built before it is packed', () => {
  const answer = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT });
  const [{ files }]: readonly [{ readonly files: readonly PackedFile[] }] = JSON.parse(answer.toString());
  const modes = new Map(files.map(({ path, mode }) => [path, mode]));
  expect((modes.get(`dist/gate-${process.arch === 'x64' ? 'x86_64' : 'aarch64'}`) ?? 0) & 0o100).toBe(0o100);
  const { scripts, man } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'));
  for (const path of [...man, 'dist/portcullis.js', 'dist/supervisor.cjs', 'policies/policy.schema.json'])
    expect([...modes.keys()]).toContain(path);
  expect(scripts.prepack).toBe(scripts.build);
});

test('what a command has to read before it can start is small', () => {
  const dist = `${ROOT}/dist`;
  const files = readdirSync(dist).filter((name) => name.endsWith('.js'));
  const text = files.map((name) => readFileSync(`${dist}/${name}`, 'utf8')).join('');
  expect(text.length).toBeLessThan(750_000);
  // Both take longer to come up than the rest of their packages: tables of Unicode, and messages in fifty languages.
  expect(text).not.toContain('Intl.Segmenter');
  expect(text).not.toContain('Ungültige Eingabe');
});
