import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Every file that this program consists of, beside the policies: Node, the built program, and koffi's two packages. */
export function trustedPaths(folder: string): readonly string[] {
  const koffi = dirname(createRequire(import.meta.url).resolve('koffi'));
  const native = join(koffi, '..', '@koromix');
  return [process.execPath, ...filesBelow(folder), ...filesBelow(koffi), ...filesBelow(native)];
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}
