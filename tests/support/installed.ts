import { spawn } from 'node:child_process';
import { chmodSync, cpSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostArchitecture } from '../../src/host/facts.ts';
import { type Finished, finished } from './finished.ts';
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

  /** Runs `portcullis run` until it ends. */
  run(files: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Finished> {
    const child = spawn(NODE, [join(this.path, 'portcullis.js'), 'run', ...files], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', ...environment },
    });
    return finished(child);
  }
}
