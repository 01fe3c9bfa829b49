import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { IncludedFile } from '../../seccomp/convert/imported.ts';

/** A policy that includes a device or a huge file is a mistake. */
const MAX_BYTES = 1024 * 1024;

/** Reads files that a filter includes: relative paths from the folder of the file that names them. */
export class IncludedFiles {
  /** The texts that were read, for places in messages. */
  readonly texts: Map<string, string> = new Map();

  read(path: string, from: string): IncludedFile | undefined {
    const file = path.startsWith('/') ? path : resolve(dirname(from), path);
    try {
      const status = statSync(file);
      if (!status.isFile() || status.size > MAX_BYTES) return undefined;
      const text = readFileSync(file, 'utf8');
      this.texts.set(file, text);
      return { file, text };
    } catch {
      return undefined;
    }
  }
}
