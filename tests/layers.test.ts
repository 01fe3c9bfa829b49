import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const SOURCE = new URL('../src/', import.meta.url).pathname;

/** A folder imports from itself and from those before it. */
const LAYERS = [
  'kernel',
  'policy',
  'seccomp',
  'access',
  'plan',
  'gate-protocol',
  'supervisor',
  'host',
  'confine',
  'lab',
  'cli',
];

interface SourceFile {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  /** What it imports, as it is written: for types, for values, and while it runs. */
  readonly imports: readonly string[];
}

function sourceFiles(): readonly SourceFile[] {
  return readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => {
      const text = readFileSync(join(SOURCE, path), 'utf8');
      const imports = [...text.matchAll(/(?:\bfrom\s|\bimport\(?)\s*'([^']+)'/g)].map(
        (match) => match[1] ?? '',
      );
      return { path, folder: path.split('/')[0] ?? '', text, imports };
    });
}

/** The folder of src that an import of this file leads to; `undefined` for a package. */
function folderOf(file: SourceFile, imported: string): string | undefined {
  if (!imported.startsWith('.')) return undefined;
  return relative(SOURCE, resolve(SOURCE, dirname(file.path), imported)).split('/')[0];
}

const FILES = sourceFiles();

test('every file lies in a layer', () => {
  expect(FILES.length).toBeGreaterThan(100);
  expect(FILES.filter(({ path, folder }) => path.includes('/') && !LAYERS.includes(folder))).toEqual([]);
});

test('imports lead from later layers to earlier ones', () => {
  const wrong = FILES.flatMap((file) =>
    file.imports
      .map((imported) => ({ imported, folder: folderOf(file, imported) }))
      .filter(({ folder }) => folder !== undefined && LAYERS.indexOf(folder) > LAYERS.indexOf(file.folder))
      .map(({ imported }) => `${file.path} imports ${imported}`),
  );
  expect(wrong).toEqual([]);
  const folders = new Set(FILES.flatMap((file) => file.imports.map((imported) => folderOf(file, imported))));
  expect([...folders]).toEqual(
    expect.arrayContaining(['kernel', 'policy', 'seccomp', 'plan', 'gate-protocol']),
  );
});

/**
 * The folders inside a layer, with the ones that each may import from. Files of the layer itself are open to all of its
 * folders. They import from every folder but the checker's: a plan is made without it.
 */
const INSIDE: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  plan: { steps: [], image: [], filters: ['steps'], check: ['steps'] },
  seccomp: {
    groups: ['language'],
    language: ['groups', 'compile'],
    compile: ['bpf'],
    bpf: ['language'],
    prove: ['bpf', 'language'],
    lift: ['language', 'prove'],
    diff: ['language', 'lift', 'prove'],
    convert: ['language', 'compile', 'prove', 'bpf', 'lift'],
    explain: ['groups', 'language'],
    answers: ['explain', 'language'],
    library: ['bpf', 'diff', 'prove', 'convert', 'language'],
  },
  cli: {
    arguments: [],
    launch: ['print'],
    print: ['launch', 'filters'],
    filters: ['print', 'bpf', 'launch'],
    bpf: ['print', 'filters', 'launch'],
    why: ['filters', 'print'],
    completion: ['arguments'],
    manual: ['arguments'],
    lab: ['launch', 'print'],
    commands: ['arguments', 'launch', 'print', 'filters', 'completion', 'bpf', 'why', 'lab'],
  },
};

/** The folder inside the layer; empty for a file of the layer itself. */
function insideOf(path: string): string {
  const parts = path.split('/');
  return parts.length > 2 ? (parts[1] ?? '') : '';
}

test.each(Object.entries(INSIDE))('the folders of %s import as the table says', (layer, folders) => {
  const files = FILES.filter(({ folder }) => folder === layer);
  const inside = new Set(files.map(({ path }) => insideOf(path)));
  expect([...inside].filter((folder) => folder !== '').sort()).toEqual(Object.keys(folders).sort());
  const wrong = files.flatMap((file) => {
    const from = insideOf(file.path);
    const allowed =
      from === '' ? Object.keys(folders).filter((name) => name !== 'check') : (folders[from] ?? []);
    return file.imports
      .filter((imported) => folderOf(file, imported) === layer)
      .map((imported) => ({
        imported,
        to: insideOf(relative(SOURCE, resolve(SOURCE, dirname(file.path), imported))),
      }))
      .filter(({ to }) => to !== '' && to !== from && !allowed.includes(to))
      .map(({ imported }) => `${file.path} imports ${imported}`);
  });
  expect(wrong).toEqual([]);
});

test('an import leads to a file, and names it in full', () => {
  const wrong = FILES.flatMap((file) =>
    file.imports.filter((imported) => imported.startsWith('.') && !/\.(ts|json)$/.test(imported)),
  );
  expect(wrong).toEqual([]);
});

test('the filter compiler is pure: it imports nothing of Node and no package', () => {
  const foreign = FILES.filter(({ folder }) => folder === 'seccomp').flatMap(({ imports }) =>
    imports.filter((imported) => !imported.startsWith('.')),
  );
  expect(foreign).toEqual([]);
});

/** The supervisor is a program of its own: these of its files are its command line. */
const PROGRAMS = [
  'supervisor/output.ts',
  'supervisor/supervise.ts',
  'supervisor/main.ts',
  'lab/referee/main.ts',
];

test('only programs print, exit and read the environment', () => {
  const doing = /\bprocess\.(exit|exitCode|env|stdout|stderr|stdin|argv|on)\b|\bconsole\./;
  const found = FILES.filter(({ text }) => doing.test(text)).map(({ path }) => path);
  const allowed = found.filter((path) => path.startsWith('cli/') || PROGRAMS.includes(path));
  expect(found).toEqual(allowed);
  expect(found).toContain('supervisor/supervise.ts');
});
