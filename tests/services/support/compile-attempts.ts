import { execFileSync } from 'node:child_process';

const SOURCE = new URL('attempts.c', import.meta.url).pathname;

/** Compiles the program that tries what a session is not allowed; it runs alone in a root. */
export function compileAttempts(program: string): void {
  const flags = ['-std=gnu17', '-O1', '-Wall', '-Wextra', '-Werror', '-static', '-D_GNU_SOURCE'];
  execFileSync('cc', [...flags, '-o', program, SOURCE]);
}
