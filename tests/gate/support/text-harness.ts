import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Compiles what the gate writes as text to a program, with the sanitizers. */
export function compileTextHarness(directory: string): string {
  const program = join(directory, 'text');
  const sources = ['../text-harness.c', '../../../gate/call.S'].map((name) =>
    fileURLToPath(new URL(name, import.meta.url)),
  );
  // As gate/Makefile has it: a system call is a call.
  const machine = process.arch === 'x64' ? ['-mno-red-zone'] : [];
  const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
  const flags = ['-std=gnu17', '-O1', '-Wall', '-Werror', ...sanitizers, ...machine];
  execFileSync('cc', [...flags, '-o', program, ...sources]);
  return program;
}
