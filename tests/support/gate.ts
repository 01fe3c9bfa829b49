import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from '../../src/kernel/architecture.ts';
import { PATIENCE_MS } from './patience.ts';

/** The source of the gate. */
export const GATE_SOURCE: string = new URL('../../gate', import.meta.url).pathname;

/** The files of a program from the bottom up, as the Makefile has them. */
export function sourcesOf(variable: 'SOURCES' | 'RECORDER_SOURCES'): readonly string[] {
  const makefile = readFileSync(join(GATE_SOURCE, 'Makefile'), 'utf8');
  const list = new RegExp(`^${variable} = ((?:.*\\\\\\n)*.*)$`, 'm').exec(makefile)?.[1] ?? '';
  return list.split(/[\s\\]+/).filter((name) => name !== '');
}

/** The compiler of each machine; the native one is `cc`. */
export const COMPILERS: Readonly<Record<Architecture, string>> = {
  x86_64: process.arch === 'x64' ? 'cc' : 'x86_64-linux-gnu-gcc',
  aarch64: process.arch === 'arm64' ? 'cc' : 'aarch64-linux-gnu-gcc',
};

/** Builds the gate, from the repository's source or from a copy of it, and answers its path. */
export function buildGate(architecture: Architecture, folder: string, source: string = GATE_SOURCE): string {
  const gate = join(folder, `gate-${architecture}`);
  const variables = [`OUT=${gate}`, `CC=${COMPILERS[architecture]}`];
  execFileSync('make', ['-s', '-B', '-C', source, ...variables], { stdio: ['ignore', 'ignore', 'pipe'] });
  return gate;
}

export interface GateRun {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote to its events pipe, a line each. */
  readonly events: readonly string[];
}

/** Runs a gate, with a command in front of it, on these bytes as its image, to its end. */
export function runGate(folder: string, command: readonly string[], image: Uint8Array): GateRun {
  const file = join(folder, 'image');
  writeFileSync(file, image);
  const descriptor = openSync(file, 'r');
  const [first = '', ...rest] = command;
  const { status, signal, output } = spawnSync(first, rest, {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'ignore', 'ignore', descriptor],
    env: {},
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
  closeSync(descriptor);
  const events = (output[3] ?? '').split('\n').filter((line) => line !== '');
  return { status, signal, events };
}
