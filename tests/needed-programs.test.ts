import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { page } from './docs/support/page.ts';
import { dependenciesOf, packagesOf } from './support/debian-packages.ts';
import { findNeeded, NEEDED } from './support/needed-programs.ts';
import { packageOfUnpacked } from './support/unpacked-services.ts';

const POLICIES = new URL('../policies/', import.meta.url);

/** Fails unless one of these packages, or what comes along with it, brought the file that is installed here. */
function expectBroughtBy(packages: readonly string[], file: string): void {
  const bringing = [...packages, ...packages.flatMap(dependenciesOf)];
  const owners = packagesOf(file);
  const right = owners.filter((name) => bringing.includes(name));
  expect(right, `${file} is of: ${owners}, not of: ${packages}`).not.toEqual([]);
}

describe('a package that is named for a program brings it', () => {
  test.each(NEEDED)('$files: of $packages', ({ files, packages, instead = [] }) => {
    for (const file of files)
      expectBroughtBy([...packages, ...instead], findNeeded(file) ?? expect.fail(`${file} is not there`));
  });

  /** The rows of the page: the packages of a service, and its policy. */
  const services = [...page('docs/services.md').matchAll(/^\| [^|]* \| ([^|]*) \| \[`([\w-]+\.yaml)`/gm)].map(
    ([, packages = '', policy = '']) => ({ policy, packages: packages.split(', ') }),
  );

  test('every shipped policy names its own', () => {
    const shipped = readdirSync(POLICIES).filter((name) => name.endsWith('.yaml'));
    expect(services.map(({ policy }) => policy).sort()).toEqual(shipped.sort());
  });

  test.each(services)('$policy: $packages', ({ policy, packages }) => {
    const text = readFileSync(new URL(policy, POLICIES), 'utf8');
    // What its head copies into the root, and what it runs.
    const programs = [...text.matchAll(/(?<=^#.* |^run: \[)\/(?:usr\/)?s?bin\/[\w.-]+/gm)].map(
      ([path]) => path,
    );
    expect(programs).not.toEqual([]);
    const [, head = ''] = /\(Debian: packages?\s([^)]*)\)/.exec(text) ?? [];
    for (const name of head === '' ? [] : packages) expect(head).toContain(name);
    for (const program of new Set(programs)) {
      const unpacked = packageOfUnpacked(program);
      if (unpacked !== undefined) expect(packages).toContain(unpacked);
      else expectBroughtBy([...packages, 'busybox'], program);
    }
  });
});
