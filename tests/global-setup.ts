import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { TestProject } from 'vitest/node';
import { isReachable } from '../src/host/reachable.ts';
import { compileProbes } from './support/compiled-probes.ts';
import { unpackContainerProfiles } from './support/container-profiles.ts';
import { compileGateObjects } from './support/gate-objects.ts';
import { missingPackages } from './support/needed-programs.ts';
import { installNodeVersions } from './support/node-versions.ts';
import { makePublicCopy } from './support/public-copy.ts';
import { unpackStaticBusybox } from './support/static-busybox.ts';
import { TestFolder } from './support/test-folder.ts';
import { unpackServices } from './support/unpacked-services.ts';
import { importsAny, testFiles } from './test-files.ts';

/** Asked by the scripts of packages before they start a daemon (invoke-rc.d(8)); 101 forbids it. */
const START_POLICY = '/usr/sbin/policy-rc.d';

/** Does something during which no package starts the daemon that it brings. */
function withoutDaemons(install: () => void): void {
  if (existsSync(START_POLICY)) {
    install();
    return;
  }
  writeFileSync(START_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    install();
  } finally {
    rmSync(START_POLICY);
  }
}

/** Installs what is missing where it may, else says what to install: no test is skipped for want of a program. */
function installPrograms(): void {
  const packages = missingPackages();
  if (packages.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(`the tests need programs that are not installed: apt-get install ${packages.join(' ')}`);
  }
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['update', '-q'], { stdio: 'ignore', env: environment });
  withoutDaemons(() =>
    execFileSync('apt-get', ['install', '-q', '-y', '--no-remove', '--no-install-recommends', ...packages], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: environment,
    }),
  );
}

const REPOSITORY = new URL('..', import.meta.url).pathname;

/** Executables are tried for both machines: the compiler for the other one may have come after the build. */
function buildBothGates(): void {
  if (['x86_64', 'aarch64'].every((machine) => existsSync(`${REPOSITORY}dist/gate-${machine}`))) return;
  execFileSync(process.execPath, [`${REPOSITORY}src/build.js`], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Ordinary users read what the tests write: a caller's mask, or a folder like that of libpam-tmpdir, would keep it from them. */
function writeForEveryUser(): void {
  process.umask(0o022);
  if (!isReachable(tmpdir())) process.env['TMPDIR'] = '/tmp';
}

/** Compiles what many test files use, into a folder that is gone after them. */
function compileForAll(project: TestProject, isUsed: (name: string) => boolean): () => void {
  const folder = new TestFolder();
  try {
    if (isUsed('probe-program')) project.provide('compiledProbes', compileProbes(folder.path));
    if (isUsed('gate-objects')) project.provide('gateObjects', compileGateObjects(folder.path));
  } catch (error) {
    folder[Symbol.dispose]();
    throw error;
  }
  return () => folder[Symbol.dispose]();
}

/** Puts there what the chosen tests use, and answers what is done after them. A watching run may choose any test later. */
export default function setup(project: TestProject): (() => void) | undefined {
  const { config, state } = project.vitest;
  const chosen = config.watch ? testFiles() : state.getPaths();
  const isUsed = (name: string): boolean => importsAny(chosen, `tests/support/${name}.ts`);
  writeForEveryUser();
  installPrograms();
  if (isUsed('node-versions')) installNodeVersions();
  if (isUsed('container-profiles')) unpackContainerProfiles();
  if (isUsed('static-busybox')) unpackStaticBusybox();
  if (isUsed('unpacked-services')) unpackServices();
  buildBothGates();
  if (!isUsed('portcullis')) return undefined;
  const copy = makePublicCopy();
  project.provide('publicCopy', copy.folder);
  project.provide('publicNode', copy.node);
  const removeCompiled = compileForAll(project, isUsed);
  return () => {
    copy.remove();
    removeCompiled();
  };
}
