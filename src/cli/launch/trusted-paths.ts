import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Every file that this program consists of, beside the policies: Node, the built program, the description of the package,
 * by which Node knows what kind of modules these are, and koffi's two packages.
 */
export function trustedPaths(folder: string): readonly string[] {
  const koffi = dirname(createRequire(import.meta.url).resolve('koffi'));
  const native = join(koffi, '..', '@koromix');
  const description = [join(folder, '..', 'package.json')].filter((path) => existsSync(path));
  return [
    process.execPath,
    ...description,
    ...filesBelow(folder),
    ...filesBelow(koffi),
    ...filesBelow(native),
  ];
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}
