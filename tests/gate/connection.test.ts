import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { TestFolder } from '../support/test-folder.ts';

test("the kernel's answers about a connection are read whole or not at all, damaged ones too", () => {
  using folder = new TestFolder();
  const harness = join(folder.path, 'connection');
  const sources = ['connection-harness.c', '../../gate/connection.c'].map((name) =>
    fileURLToPath(new URL(name, import.meta.url)),
  );
  const checks = ['-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
  execFileSync('cc', ['-std=gnu17', '-Wall', '-Wextra', '-Werror', ...checks, '-o', harness, ...sources]);
  for (const seed of ['1', '2', '3']) {
    const seen = execFileSync(harness, ['200000', seed], { encoding: 'utf8' }).trim().split(' ').map(Number);
    expect(seen).toHaveLength(4);
    for (const count of seen) expect(count).toBeGreaterThan(1000);
  }
});
