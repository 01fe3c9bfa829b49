import { join } from 'node:path';
import type { Architecture } from '../../src/kernel/architecture.ts';
import { PACKAGE } from './portcullis.ts';

/** A program of the build in C, for either machine: `tests/gate/build.test.ts` shows that it is that of the source. */
export function builtProgram(name: 'gate' | 'recorder', architecture: Architecture): string {
  return join(PACKAGE, 'dist', `${name}-${architecture}`);
}
