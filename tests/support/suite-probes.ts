import { afterAll } from 'vitest';
import { buildProbes } from './probe-program.ts';
import { TestFolder } from './test-folder.ts';

/** The probes for all tests of a file, in a folder that is gone after them. */
export function suiteProbes(): { readonly folder: TestFolder; readonly program: string } {
  const folder = new TestFolder();
  afterAll(() => {
    folder[Symbol.dispose]();
  });
  return { folder, program: buildProbes(folder) };
}
