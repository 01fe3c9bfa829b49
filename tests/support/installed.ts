import { spawn } from 'node:child_process';
import { chmodSync, cpSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { hostArchitecture } from '../../src/host/host-architecture.ts';
import { type Finished, finished } from './finished.ts';
import { GATE_SOURCE } from './gate.ts';
import { buildChangedGate } from './gate-objects.ts';
import { NODE, PACKAGE } from './portcullis.ts';
import type { TestFolder } from './test-folder.ts';

/** A copy of the built program that a test may spoil. */
export class Installed {
  readonly path: string;
  readonly gate: string;

  constructor(folder: TestFolder, name = 'installed') {
    this.path = join(folder.path, name, 'dist');
    this.gate = join(this.path, `gate-${hostArchitecture()}`);
    cpSync(join(PACKAGE, 'dist'), this.path, { recursive: true });
    symlinkSync(join(PACKAGE, 'node_modules'), join(folder.path, name, 'node_modules'));
  }

  /** Puts a shell script in front of the gate; it finds the gate's own path in `$gate`. */
  wrapGate(script: string): void {
    const real = `${this.gate}.real`;
    renameSync(this.gate, real);
    writeFileSync(this.gate, `#!/bin/sh\ngate=${real}\n${script}\n`);
    chmodSync(this.gate, 0o755);
  }

  /** Puts a gate there whose source has other texts than the gate's, each of which that has once. */
  changeGate(
    changes: readonly { readonly file: string; readonly from: string; readonly to: string }[],
  ): void {
    const source = join(this.path, 'gate-source');
    cpSync(GATE_SOURCE, source, { recursive: true });
    for (const { file, from, to } of changes) {
      const parts = readFileSync(join(source, file), 'utf8').split(from);
      if (parts.length !== 2) throw new Error(`${file}: expected once: ${from}`);
      writeFileSync(join(source, file), parts.join(to));
    }
    const names = changes.map(({ file }) => file);
    buildChangedGate(this.gate, source, names, inject('gateObjects'));
  }

  /** Runs `portcullis run` until it ends. */
  run(files: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Finished> {
    const child = spawn(NODE, [join(this.path, 'portcullis.js'), 'run', ...files], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', ...environment },
    });
    return finished(child);
  }
}
