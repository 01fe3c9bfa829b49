import { writeSync } from 'node:fs';
import { memfdCreate } from '../../host/libc.ts';
import { constantNumber } from '../../kernel/constants.ts';

const MFD_CLOEXEC = constantNumber('MFD_CLOEXEC');

/** A file in memory with these contents, to be read from its start. */
export function memoryFile(name: string, bytes: Uint8Array): number {
  const descriptor = memfdCreate(name, MFD_CLOEXEC);
  writeSync(descriptor, bytes, 0, bytes.length, 0);
  return descriptor;
}
