import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = new URL('../confinement/probes/', import.meta.url).pathname;

declare module 'vitest' {
  interface ProvidedContext {
    /** The probes as a program, of which each test file makes a copy. */
    readonly compiledProbes: string;
  }
}

/** Compiles the probes into the folder, once for all test files of a run: that takes a second. */
export function compileProbes(folder: string): string {
  const program = join(folder, 'probe');
  const sources = readdirSync(SOURCES).filter((name) => name.endsWith('.c'));
  const flags = ['-std=gnu17', '-O1', '-Wall', '-Wextra', '-Werror', '-static', '-D_GNU_SOURCE'];
  execFileSync('cc', [...flags, '-o', program, ...sources.map((name) => join(SOURCES, name))]);
  return program;
}
