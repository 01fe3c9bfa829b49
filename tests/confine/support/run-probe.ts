import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { nodeOfVersion } from '../../support/node-versions.ts';
import { PATIENCE_MS } from '../../support/patience.ts';
import { PACKAGE } from '../../support/portcullis.ts';
import { TestFolder } from '../../support/test-folder.ts';

export interface ProbeResult {
  readonly stdout: string;
  readonly stderr: string;
  /** How it ended: a status, or the name of a signal. */
  readonly end: number | string | null;
}

export interface ProbeOptions {
  /** Arguments behind the folder that the probe may write into. */
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a probe of this folder, which imports the package as it was built, under a version of Node. */
export function runProbe(version: string, name: string, options: ProbeOptions = {}): ProbeResult {
  using folder = new TestFolder();
  mkdirSync(`${folder.path}/node_modules`);
  symlinkSync(PACKAGE, `${folder.path}/node_modules/portcullis`);
  symlinkSync(join(PACKAGE, 'node_modules/koffi'), `${folder.path}/node_modules/koffi`);
  const file = `${folder.path}/${name}`;
  cpSync(new URL(`../probes/${name}`, import.meta.url).pathname, file);
  const args = [...(options.nodeArgs ?? []), file, folder.path, ...(options.args ?? [])];
  const { status, signal, stdout, stderr } = spawnSync(nodeOfVersion(version), args, {
    encoding: 'utf8',
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
    env: { ...process.env, ...options.environment },
  });
  return { stdout, stderr, end: signal ?? status };
}
