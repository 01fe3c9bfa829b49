import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProbedService, serveProbes } from '../support/probe-program.ts';
import { TestFolder } from '../support/test-folder.ts';

const SOURCE = new URL('programs/lookups.c', import.meta.url).pathname;

let folder: TestFolder;
let program: string;

beforeAll(() => {
  folder = new TestFolder();
  program = join(folder.path, 'lookups');
  execFileSync('cc', ['-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror', '-o', program, SOURCE]);
});
afterAll(() => folder[Symbol.dispose]());

async function answer(rules: readonly string[]): Promise<string> {
  await using service: ProbedService = await serveProbes(folder, program, { rules });
  return await service.attempt('');
}

const WENT_ON = [
  ...['root found', 'nobody-knows not found', 'group root found'],
  ...['localhost found', 'configured localhost found', 'nobody.invalid not found'],
  ...['192.0.2.1 is an error', 'logged', 'interfaces not listed'],
].join(', ');

const WITHOUT = ['@start', '@stdio', '@read-files', '@socket', '@identity', '@time'];

describe('the questions of the C library', () => {
  test('end a service whose policy has no word about them', async () => {
    expect(await answer(WITHOUT)).toBe('SIGSYS');
  });

  test.each([
    ['@lookups', [...WITHOUT, '@lookups']],
    ['@service, the default', ['@service']],
  ])('are answered by %s, and it goes on', async (_, rules) => {
    expect(await answer(rules)).toBe(WENT_ON);
  });
});
