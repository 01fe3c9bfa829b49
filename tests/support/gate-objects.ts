import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { COMPILERS, GATE_SOURCE, sourcesOf } from './gate.ts';
import { HOST } from './host-architecture.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the compiled files of this machine's gate. */
    readonly gateObjects: string;
  }
}

function make(source: string, result: string, ...variables: readonly string[]): void {
  const all = [`OUT=${result}`, `CC=${COMPILERS[HOST]}`, ...variables];
  execFileSync('make', ['-s', '-B', '-C', source, ...all, result], { stdio: ['ignore', 'ignore', 'pipe'] });
}

function objectOf(folder: string, file: string): string {
  return join(folder, file.replace(/\.\w+$/, '.o'));
}

/** Compiles each file of the gate by itself, once for all test files of a run: all of them take seconds. */
export function compileGateObjects(folder: string): string {
  for (const file of sourcesOf('SOURCES'))
    make(GATE_SOURCE, objectOf(folder, file), `SOURCES=${file}`, 'LDFLAGS=-c');
  return folder;
}

/** Builds a gate from a copy of its source in which some files are others, and from what is compiled of the rest. */
export function buildChangedGate(
  gate: string,
  source: string,
  changed: readonly string[],
  objects: string,
): void {
  // Each file may include a header.
  const isCompiled = (file: string): boolean =>
    !changed.includes(file) && changed.every((one) => !one.endsWith('.h'));
  const files = sourcesOf('SOURCES').map((file) => (isCompiled(file) ? objectOf(objects, file) : file));
  make(source, gate, `SOURCES=${files.join(' ')}`);
}
