import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileFilter, decodeProgram, encodeProgram, type Program } from '../src/seccomp/index.ts';
import { dockerFilter, dockerLines } from './docker-rules.ts';
import { FLAGS } from './folder.ts';

/** Docker's profile, compiled by one compiler. */
export interface Compiled {
  readonly name: string;
  readonly program: Program;
  /** `struct sock_filter`s. */
  readonly file: string;
  readonly compileMs: readonly number[];
}

/** The programs of all compilers that are there; `missing` are the others. */
export function compileAll(
  folder: string,
  times: number,
): { readonly compiled: readonly Compiled[]; readonly missing: readonly string[] } {
  const program = libseccompProgram(folder);
  if (program === undefined) return { compiled: [portcullis(folder, times)], missing: ['libseccomp'] };
  return {
    compiled: [
      portcullis(folder, times),
      libseccomp(program, folder, 'libseccomp, list', 1, times),
      libseccomp(program, folder, 'libseccomp, tree', 2, times),
    ],
    missing: [],
  };
}

function portcullis(folder: string, times: number): Compiled {
  const filter = dockerFilter();
  const compileMs = Array.from({ length: times }, () => {
    const start = process.cpuUsage();
    compileFilter(filter);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  const program = compileFilter(filter);
  const file = join(folder, 'portcullis.bpf');
  writeFileSync(file, encodeProgram(program));
  return { name: 'portcullis', program, file, compileMs };
}

/** `undefined` without the library's header. */
function libseccompProgram(folder: string): string | undefined {
  const source = new URL('libseccomp-filter.c', import.meta.url).pathname;
  const program = join(folder, 'libseccomp-filter');
  const cc = process.env['CC'] ?? 'cc';
  try {
    execFileSync(cc, ['-E', '-include', 'seccomp.h', '-x', 'c', '/dev/null'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  execFileSync(cc, [...FLAGS, '-o', program, source, '-lseccomp']);
  return program;
}

function libseccomp(program: string, folder: string, name: string, level: number, times: number): Compiled {
  const file = join(folder, `libseccomp-${level}.bpf`);
  const input = `${dockerLines(dockerFilter()).join('\n')}\n`;
  const compileMs = Array.from({ length: times }, () => {
    const text = execFileSync(program, [`${level}`, file], { input, encoding: 'utf8' });
    return Number(text) / 1000;
  });
  const decoded = decodeProgram(readFileSync(file), 'x86_64');
  if (!decoded.ok) throw new Error(`${name}: ${decoded.message}`);
  return { name, program: decoded.program, file, compileMs };
}
