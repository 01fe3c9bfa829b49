import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { assemble, encodeProgram } from '../../../../src/seccomp/index.ts';
import { portcullis } from '../../../support/portcullis.ts';
import type { TestFolder } from '../../../support/test-folder.ts';

/** A rule for each kind of answer. */
export const POLICY = `portcullis: 1
service: sample
run: [/bin/cat]
exec: allow
seccomp:
  rules:
    - read
    - write(fd in {1, 2})
    - socket -> errno(EACCES)
    - getpid -> log
`;

/** A raw filter in a file, made from a listing. */
export function rawFilter(folder: TestFolder, name: string, listing: string): string {
  const { program } = assemble(listing, { file: name, architecture: 'x86_64' });
  if (program === undefined) throw new Error(`not a program: ${listing}`);
  const path = join(folder.path, name);
  writeFileSync(path, encodeProgram(program));
  return path;
}

/** What a command prints as data; it must end well and have nothing to say. */
export async function dataOf(args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await portcullis(args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return JSON.parse(stdout);
}
