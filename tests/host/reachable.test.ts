import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isReachable } from '../../src/host/reachable.ts';
import { TestFolder } from '../support/test-folder.ts';

test('a path is reachable that no closed directory is on the way to, also through links', () => {
  using folder = new TestFolder();
  const [open, closed, link, back] = ['open', 'closed', 'link', 'closed/back'].map((name) =>
    join(folder.path, name),
  ) as [string, string, string, string];
  mkdirSync(open);
  mkdirSync(closed, { mode: 0o700 });
  for (const name of ['open/file', 'closed/file']) folder.write(name, '');
  symlinkSync(closed, link);
  symlinkSync(open, back);
  expect(isReachable(`${open}/file`)).toBe(true);
  expect(isReachable(`${closed}/file`)).toBe(false);
  expect(isReachable(`${link}/file`)).toBe(false);
  expect(isReachable(`${back}/file`)).toBe(false);
  expect(isReachable(`${open}/absent`)).toBe(false);
});
