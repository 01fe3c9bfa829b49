import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
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
const COMPILER = process.env['CC'] ?? 'cc';

const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  load: ['load.c', 'connection.c', 'rate.c', 'latency.c', 'resets.c', 'trips.c', 'hold.c'],
  service: ['service.c'],
  'bare-loop': ['bare-loop.c'],
  start: ['start.c'],
};

/** The clients that wait are of one /16, which may have 64 times as many sessions as a source. */
const MOST_OF_SOURCE = 256;

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

/** The files that a benchmark builds and writes. They are removed when it is over. */
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
      this.#compile(
        join(this.path, name),
        sources.map((source) => join(SOURCE, source)),
      );
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
    return this.fill('service.yaml', { PORT: port, ROOT: this.root });
  }

  /** The same as one executable, without Node. */
  executable(port: number, portcullis: string): string {
    return this.build(this.policy(port), portcullis);
  }

  /** A gate for so many sessions of the service that can wait, as one executable. */
  idleExecutable(port: number, sessions: number, portcullis: string): string {
    this.addProgram('idle', 'idle.c');
    const words = {
      PORT: port,
      ROOT: this.root,
      SESSIONS: sessions,
      SOURCE: Math.min(sessions, MOST_OF_SOURCE),
    };
    return this.build(this.fill('idle.yaml', words), portcullis);
  }

  /** Puts a program into the root, unless it is there: as `/name`, without libraries. */
  addProgram(name: string, source: string): void {
    const program = join(this.root, name);
    if (!existsSync(program)) this.#compile(program, ['-static', join(SOURCE, source)]);
  }

  /** Compiles a program that measures; returns its path. */
  tool(name: string, source: string): string {
    const program = join(this.path, name);
    this.#compile(program, [join(SOURCE, source)]);
    return program;
  }

  #compile(program: string, args: readonly string[]): void {
    execFileSync(COMPILER, [...FLAGS, '-o', program, ...args]);
  }

  /** A policy beside this file, with the words of it that are numbers or paths of this run, and with more lines. */
  fill(
    name: string,
    words: Readonly<Record<'PORT', number> & Record<string, number | string>>,
    lines: readonly string[] = [],
  ): string {
    const text = Object.entries(words).reduce(
      (filled, [word, value]) => filled.replace(word, `${value}`),
      readFileSync(join(SOURCE, name), 'utf8'),
    );
    return this.write(`gate-${words.PORT}.yaml`, [text, ...lines, ''].join('\n'));
  }

  /** The same as one executable, without Node. */
  build(policy: string, portcullis: string): string {
    const path = policy.replace(/\.yaml$/, '');
    execFileSync(process.execPath, [portcullis, 'build', policy, '-o', path]);
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
