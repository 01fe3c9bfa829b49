import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMPILERS } from '../support/gate.ts';

let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'start-process-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

const SOURCES = [
  'start-process-harness.c',
  '../../gate/start.S',
  '../../gate/call.S',
  '../../gate/kernel.c',
].map((name) => fileURLToPath(new URL(name, import.meta.url)));

/** As gate/Makefile has it. */
const FLAGS = [
  '-std=c17',
  '-Os',
  '-ffreestanding',
  '-fno-builtin',
  '-fno-stack-protector',
  '-fno-pie',
].concat([
  '-fno-tree-loop-distribute-patterns',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-static',
  '-no-pie',
  '-nostdlib',
]);

const OWN = process.arch === 'x64' ? 'x86_64' : 'aarch64';

function harness(machine: 'x86_64' | 'aarch64'): string {
  const output = join(directory, machine);
  const compiler = COMPILERS[machine];
  const redZone = machine === 'x86_64' ? ['-mno-red-zone'] : [];
  execFileSync(compiler, [...FLAGS, ...redZone, '-o', output, ...SOURCES]);
  return output;
}

test('a process that shares the memory runs on its own stack, and its parent goes on as it was', () => {
  expect(spawnSync(harness(OWN), [], { encoding: 'utf8' })).toMatchObject({ status: 0, stdout: 'done\n' });
});

test.each(['x86_64', 'aarch64'] as const)('the same instructions on an emulated %s', (machine) => {
  const run = spawnSync(`qemu-${machine}-static`, [harness(machine), 'copy'], { encoding: 'utf8' });
  expect(run).toMatchObject({ status: 0, stdout: 'done\n' });
});
