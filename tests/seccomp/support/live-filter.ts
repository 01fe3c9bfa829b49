import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Architecture } from '../../../src/kernel/architecture.ts';
import { encodeProgram, type Program } from '../../../src/seccomp/index.ts';
import type { Call } from './oracle.ts';

/** The architecture whose filters this kernel takes. */
export const ARCHITECTURE: Architecture = process.arch === 'arm64' ? 'aarch64' : 'x86_64';

/** The C program that tries filters on this kernel, compiled. */
export interface LiveFilter {
  /** Where it stands, and whatever a test makes. */
  readonly directory: string;
  /** Installs programs in this order and does what the words say; see live.c. */
  readonly run: (
    programs: readonly Program[],
    words: readonly string[],
    input?: string,
  ) => ReturnType<typeof spawnSync> & { readonly text: string };
  /** What each call answers under the programs: 0, or its errno. */
  readonly answers: (programs: readonly Program[], calls: readonly Call[]) => readonly number[];
  readonly remove: () => void;
}

export function compileLive(): LiveFilter {
  const directory = mkdtempSync(join(tmpdir(), 'live-filter-'));
  const binary = join(directory, 'live');
  const source = fileURLToPath(new URL('../live.c', import.meta.url));
  execFileSync('cc', ['-O1', '-Wall', '-Werror', '-o', binary, source]);

  const run: LiveFilter['run'] = (programs, words, input = '') => {
    const files = programs.map((program, index) => {
      const file = join(directory, `filter-${index}`);
      writeFileSync(file, encodeProgram(program));
      return file;
    });
    const result = spawnSync(binary, [files.join(','), ...words], { input, encoding: 'utf8' });
    return { ...result, text: result.stdout };
  };

  const answers: LiveFilter['answers'] = (programs, calls) => {
    const words = calls.flatMap(({ nr, args }) => [nr, ...args].map((value) => value.toString(16)));
    const { status, signal, text, stderr } = run(programs, ['call', ...words]);
    if (status !== 0) throw new Error(`ended with ${signal ?? status}: ${stderr}`);
    return text.trim().split('\n').map(Number);
  };

  return { directory, run, answers, remove: () => rmSync(directory, { recursive: true }) };
}
