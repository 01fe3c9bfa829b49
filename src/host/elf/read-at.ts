import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Bytes of a file from a place on; fewer than asked for, or none, where the file ends. */
export type ReadAt = (at: number, length: number) => Buffer;

/** Opens a regular file for as long as it is read; `undefined` when it is none. Throws what opening and reading throw. */
export function readFrom<Result>(path: string, use: (read: ReadAt) => Result): Result | undefined {
  // Without O_NONBLOCK the open of a named pipe waits for a writer.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(descriptor).isFile()) return undefined;
    return use((at, length) => {
      // No file is so long, also where its headers claim it.
      if (at > Number.MAX_SAFE_INTEGER || length <= 0) return Buffer.alloc(0);
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(descriptor, bytes, 0, length, at));
    });
  } finally {
    closeSync(descriptor);
  }
}
