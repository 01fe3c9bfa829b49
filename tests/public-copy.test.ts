import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { PACKAGE, portcullis } from './support/portcullis.ts';
import { freeUser } from './support/users.ts';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
    .sort();
}

test.each(['dist', 'policies'])('what the tests run is what is there: %s', (part) => {
  const [copied, there] = [join(PACKAGE, part), join(REPOSITORY, part)];
  const files = filesBelow(there);
  expect(files.length).toBeGreaterThan(5);
  expect(filesBelow(copied)).toEqual(files);
  const differing = files.filter(
    (file) => !readFileSync(join(copied, file)).equals(readFileSync(join(there, file))),
  );
  expect(differing).toEqual([]);
});

test('an ordinary user can start it, wherever the checkout is', async () => {
  const { stdout, code } = await portcullis(['plan', join(PACKAGE, 'policies/echo.yaml'), '--unprivileged'], {
    uid: freeUser(),
  });
  expect(code).toBe(0);
  expect(stdout).toContain('exec');
});
