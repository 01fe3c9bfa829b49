import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const GENERATED = fileURLToPath(new URL('../../src/kernel/generated', import.meta.url));
const GENERATOR = fileURLToPath(new URL('../../src/kernel/generate/main.js', import.meta.url));

const COMPILERS = ['x86_64-linux-gnu-gcc', 'aarch64-linux-gnu-gcc'];
const compilers = COMPILERS.every((compiler) => spawnSync(compiler, ['--version']).status === 0);

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tables-'));
  execFileSync(process.execPath, [GENERATOR, directory, ...(compilers ? [] : ['--tables-only'])]);
});

afterAll(() => rmSync(directory, { recursive: true }));

function read(folder: string, file: string): string {
  return readFileSync(join(folder, file), 'utf8');
}

test.each(['system-calls.ts', 'system-call-groups.ts', 'hidden-characters.ts'])(
  '%s is what its data say',
  (file) => {
    expect(read(directory, file)).toBe(read(GENERATED, file));
  },
);

test('the gate has the same table of hidden characters', () => {
  const gate = fileURLToPath(new URL('../../gate', import.meta.url));
  expect(read(gate, 'hidden-characters.h')).toBe(read(directory, 'hidden-characters.h'));
});

/** The lines of a table by the name that they define. */
function entries(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^ {2}(\w+): (.+),$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']));
}

describe.each(['constants.ts', 'errno.ts'])('%s', (file) => {
  // Headers of another age have names more or less, but a constant of the kernel's interface never changes its value.
  test.runIf(compilers || process.env['CI'] !== undefined)('agrees with the headers of this machine', () => {
    expect(compilers, `the tests of generated tables need ${COMPILERS.join(' and ')}`).toBe(true);
    const committed = entries(read(GENERATED, file));
    const measured = entries(read(directory, file));
    const both = [...measured.keys()].filter((name) => committed.has(name));
    expect(both.length).toBeGreaterThan(committed.size * 0.9);
    for (const name of both) expect(`${name}: ${committed.get(name)}`).toBe(`${name}: ${measured.get(name)}`);
  });

  test('has the names that rules are most likely to use', () => {
    const names = [...entries(read(GENERATED, file)).keys()];
    const expected =
      file === 'errno.ts'
        ? ['EPERM', 'EACCES', 'ENOSYS', 'EAFNOSUPPORT']
        : [
            'O_CREAT',
            'PROT_EXEC',
            'MAP_SHARED',
            'AF_INET6',
            'SOCK_STREAM',
            'TCP_NODELAY',
            'MSG_FASTOPEN',
            'CLONE_NEWUSER',
            'F_SETFL',
            'TCGETS',
            'PR_SET_NAME',
            'SIGKILL',
          ];
    expect(names).toEqual(expect.arrayContaining(expected));
  });
});
