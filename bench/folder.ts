import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const SOURCE = new URL('.', import.meta.url).pathname;

const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  load: ['load.c', 'connection.c', 'rate.c', 'latency.c', 'resets.c'],
  service: ['service.c'],
  'bare-loop': ['bare-loop.c'],
  start: ['start.c'],
};

/** For every C program of the benchmark. */
export const FLAGS: readonly string[] = [
  '-std=c17',
  '-D_GNU_SOURCE',
  '-O2',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Wconversion',
];

/**
 * The same file where it can be: the page cache holds a fresh copy in smaller pieces than a library that was read from
 * the disk, and mapping those takes 25 us a connection.
 */
function linkOrCopy(path: string, to: string): void {
  try {
    linkSync(realpathSync(path), to);
  } catch {
    copyFileSync(path, to);
  }
}

/** The folder of the files that a benchmark builds and writes; it is removed at the end. */
export class BenchFolder {
  /**
   * Always under /tmp, also where `TMPDIR` names another folder: the owners of all folders above a root must be
   * trusted.
   */
  readonly path: string = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  /** A directory that has the service as `/service`, its libraries, and nothing else. */
  readonly root: string = join(this.path, 'root');
  readonly load: string = join(this.path, 'load');
  readonly bareLoop: string = join(this.path, 'bare-loop');
  readonly start: string = join(this.path, 'start');
  /** The path of the service for servers without their own root. */
  readonly service: string = join(this.root, 'service');

  constructor() {
    chmodSync(this.path, 0o755);
    for (const [name, sources] of Object.entries(PROGRAMS)) {
      const files = sources.map((source) => join(SOURCE, source));
      execFileSync(process.env['CC'] ?? 'cc', [...FLAGS, '-o', join(this.path, name), ...files]);
    }
    this.#fillRoot();
  }

  write(name: string, text: string): string {
    const path = join(this.path, name);
    writeFileSync(path, text);
    return path;
  }

  /** The gate's policy with this port. */
  policy(port: number): string {
    const text = readFileSync(join(SOURCE, 'service.yaml'), 'utf8');
    return this.write(`gate-${port}.yaml`, text.replace('PORT', `${port}`).replace('ROOT', this.root));
  }

  /** The same as one executable, without Node. */
  executable(port: number, portcullis: string): string {
    const path = join(this.path, `gate-${port}`);
    execFileSync(process.execPath, [portcullis, 'build', this.policy(port), '-o', path]);
    return path;
  }

  /** The loader's cache as well, or the service would start faster outside of the root than inside. */
  #fillRoot(): void {
    const linked = execFileSync('ldd', [join(this.path, 'service')], { encoding: 'utf8' });
    const libraries = [...linked.matchAll(/\/\S+/g)].map(([path]) => path);
    mkdirSync(this.root, { mode: 0o755 });
    mkdirSync(join(this.root, 'etc'));
    for (const path of libraries) {
      mkdirSync(join(this.root, dirname(path)), { recursive: true });
      linkOrCopy(path, join(this.root, path));
    }
    copyFileSync(join(this.path, 'service'), this.service);
    execFileSync('ldconfig', ['-r', this.root], { stdio: ['ignore', 'ignore', 'inherit'] });
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
