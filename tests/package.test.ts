import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
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
  for (const path of ['dist/portcullis.js', 'dist/supervisor.cjs', 'policies/policy.schema.json'])
    expect([...modes.keys()]).toContain(path);
  const { scripts } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'));
  expect(scripts.prepack).toBe(scripts.build);
});
