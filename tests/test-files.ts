import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const ROOT = new URL('..', import.meta.url).pathname;

/** A system test has these and a unit test does not: other processes and threads, the built program, modules of its own. */
const NEEDS_SYSTEM = /'node:(child_process|worker_threads)'|\/dist\/|\bvi\.mock\(/;

/** An import that is there at run time: one of types alone brings nothing. */
const IMPORT = /^(?:import|export) (?!type\b)[^;]*?from '(\.[^']+\.[jt]s)'/gm;

interface Module {
  readonly needsSystem: boolean;
  readonly imports: readonly string[];
}

const modules = new Map<string, Module>();

function moduleAt(path: string): Module {
  const known = modules.get(path);
  if (known !== undefined) return known;
  const text = readFileSync(path, 'utf8');
  const imports = [...text.matchAll(IMPORT)].map(([, imported = '']) => resolve(dirname(path), imported));
  const module = { needsSystem: NEEDS_SYSTEM.test(text), imports };
  modules.set(path, module);
  return module;
}

/** A file and all that it imports, by itself or by what it imports; paths are from the root of the repository. */
export function reachedFrom(file: string): ReadonlySet<string> {
  const reached = new Set([resolve(ROOT, file)]);
  for (const path of reached) for (const imported of moduleAt(path).imports) reached.add(imported);
  return reached;
}

/** The paths of all test files. */
export function testFiles(): readonly string[] {
  return readdirSync(join(ROOT, 'tests'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join('tests', name))
    .sort();
}

/** The modules that are known to reach nothing that needs the system. */
const harmless = new Set<string>();

function isSystemTest(file: string): boolean {
  const reached = new Set([resolve(ROOT, file)]);
  for (const path of reached) {
    const { needsSystem, imports } = moduleAt(path);
    if (needsSystem) return true;
    for (const imported of imports) if (!harmless.has(imported)) reached.add(imported);
  }
  for (const path of reached) harmless.add(path);
  return false;
}

/**
 * The system tests: the files that start a process or a thread or read `dist`, in themselves or in a file that they import. All
 * others are unit tests, which need no root, no other program and no build. Each run of vitest asks, so each module is read once.
 */
export function systemTests(): readonly string[] {
  return testFiles().filter(isSystemTest);
}

/** Whether one of these files imports the other one. */
export function importsAny(files: readonly string[], imported: string): boolean {
  return files.some((file) => reachedFrom(file).has(resolve(ROOT, imported)));
}
