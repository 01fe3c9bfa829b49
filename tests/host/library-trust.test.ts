import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resolvePolicy } from '../../src/host/resolve-policy.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

const SOMEBODY = freeUser();
const AS_ROOT = { unprivileged: false, callerUid: 0 };

let folder: TestFolder;
beforeEach(() => {
  folder = new TestFolder();
});
afterEach(() => folder[Symbol.dispose]());

const at = (...names: readonly string[]): string => join(folder.path, ...names);

function directory(...names: readonly string[]): string {
  mkdirSync(at(...names), { recursive: true, mode: 0o755 });
  return at(...names);
}

/** A library whose function says whose it is. */
function library(path: string, whose: string): string {
  const source = folder.write('library.c', `const char *whose(void) { return "${whose}"; }\n`);
  execFileSync('cc', ['-shared', '-fPIC', '-Wl,-soname,libwhose.so', '-o', path, source]);
  return path;
}

/** A program that needs the library and prints what it says, with search paths of the linker's options. */
function program(...options: readonly string[]): string {
  const source = folder.write(
    'program.c',
    '#include <stdio.h>\nconst char *whose(void);\nint main(void) { puts(whose()); }\n',
  );
  const path = join(directory('app', 'bin'), 'program');
  const built = library(at('libwhose.so'), 'built');
  execFileSync('cc', ['-o', path, source, built, ...options.map((option) => `-Wl,${option}`)]);
  execFileSync('rm', [built]);
  return path;
}

const runpath = (path: string): readonly string[] => ['--enable-new-dtags', `-rpath,${path}`];
const rpath = (path: string): readonly string[] => ['--disable-new-dtags', `-rpath,${path}`];

interface Found {
  readonly codes: readonly string[];
  readonly messages: string;
}

function check(run: string, more = ''): Found {
  const text = `portcullis: 1\nservice: x\nlisten: tcp://[::]:7\nrun: [${run}]\n${more}`;
  const { policy, diagnostics } = parsePolicy(text, 'x.yaml');
  if (policy === undefined) throw new Error(JSON.stringify(diagnostics));
  const found = resolvePolicy(policy, AS_ROOT).diagnostics.filter(({ severity }) => severity !== 'note');
  return { codes: found.map(({ code }) => code), messages: found.map(({ message }) => message).join('\n') };
}

/** What the program prints: whose library the loader took. */
function whose(path: string, env: Readonly<Record<string, string>> = {}): string {
  return spawnSync(path, { env, cwd: '/', encoding: 'utf8' }).stdout.trim();
}

function giveAway(path: string): void {
  chownSync(path, SOMEBODY, SOMEBODY);
}

const UNTRUSTED = ['library-untrusted'];

describe.each([
  ['RUNPATH', runpath],
  ['RPATH', rpath],
])('%s', (_, option) => {
  test('in a directory of root is fine, in one of somebody else it is refused', () => {
    const path = program(...option(directory('lib')));
    library(at('lib', 'libwhose.so'), 'root');
    expect(whose(path)).toBe('root');
    expect(check(path).codes).toEqual([]);
    giveAway(at('lib'));
    expect(check(path)).toEqual({
      codes: UNTRUSTED,
      messages: `${at('lib')} belongs to uid ${SOMEBODY}; the loader looks at ${at('lib')} for 'libwhose.so', which ${path} needs`,
    });
  });

  test('leads to the library of somebody else, though the directory is root’s', () => {
    const path = program(...option(directory('lib')));
    giveAway(library(at('lib', 'libwhose.so'), 'somebody'));
    expect(whose(path)).toBe('somebody');
    expect(check(path).codes).toEqual(UNTRUSTED);
  });

  test('names a directory first that is not there, and that somebody else could make', () => {
    directory('home');
    giveAway(at('home'));
    const path = program(...option(`${at('home', 'lib')}:${directory('lib')}`));
    library(at('lib', 'libwhose.so'), 'root');
    expect(whose(path)).toBe('root');
    expect(check(path).codes).toEqual(UNTRUSTED);
    // And that is what they do.
    directory('home', 'lib');
    library(at('home', 'lib', 'libwhose.so'), 'somebody');
    expect(whose(path)).toBe('somebody');
  });

  test('names a directory first that is not there, in one where everybody may make some', () => {
    directory('shared');
    const path = program(...option(`${at('shared', 'lib')}:${directory('lib')}`));
    library(at('lib', 'libwhose.so'), 'root');
    expect(check(path).codes).toEqual([]);
    chmodSync(at('shared'), 0o1777);
    expect(check(path).codes).toEqual(UNTRUSTED);
  });

  test('names a directory behind the one that has the library, whose owner is nobody’s business', () => {
    directory('home');
    giveAway(at('home'));
    const path = program(...option(`${directory('lib')}:${at('home')}`));
    library(at('lib', 'libwhose.so'), 'root');
    // libc.so.6 is looked for there as well, and is not in the first.
    expect(check(path).codes).toEqual(UNTRUSTED);
    expect(check(path).messages).toContain("for 'libc.so.6'");
  });

  test('with $ORIGIN is looked for beside the program, where it really lies', () => {
    const path = program(...option('$ORIGIN/../lib'));
    library(join(directory('app', 'lib'), 'libwhose.so'), 'root');
    expect(whose(path)).toBe('root');
    expect(check(path).codes).toEqual([]);
    chmodSync(at('app', 'lib'), 0o775);
    expect(check(path).codes).toEqual(UNTRUSTED);
  });

  test('has variants for some processors, of which one could be made by somebody else', () => {
    const path = program(...option(directory('lib')));
    library(at('lib', 'libwhose.so'), 'root');
    directory('lib', 'glibc-hwcaps', 'x86-64-v2');
    expect(check(path).codes).toEqual([]);
    giveAway(at('lib', 'glibc-hwcaps', 'x86-64-v2'));
    expect(check(path).codes).toEqual(UNTRUSTED);
  });
});

describe('the environment of the policy', () => {
  test('leads to libraries like a search path of the program', () => {
    const path = program(...runpath(directory('lib')));
    library(at('lib', 'libwhose.so'), 'root');
    library(join(directory('home'), 'libwhose.so'), 'somebody');
    const set = (name: string, value: string): string => `environment: { set: { ${name}: ${value} } }\n`;
    const preload = at('home', 'libwhose.so');
    expect(whose(path, { LD_LIBRARY_PATH: at('home') })).toBe('somebody');
    expect(whose(path, { LD_PRELOAD: preload })).toBe('somebody');
    expect(check(path, set('LD_LIBRARY_PATH', at('home'))).codes).toEqual([]);
    giveAway(at('home'));
    expect(check(path).codes).toEqual([]);
    expect(check(path, set('LD_LIBRARY_PATH', at('home'))).codes).toEqual(UNTRUSTED);
    expect(check(path, set('LD_PRELOAD', preload)).codes).toEqual(UNTRUSTED);
  });
});

test('a library that is nowhere is a warning with the name of who needs it', () => {
  const path = program(...runpath(directory('lib')));
  const { codes, messages } = check(path);
  expect(codes).toEqual(['library-missing']);
  expect(messages).toBe(`the loader does not find the library 'libwhose.so', which ${path} needs`);
});

test('a library that the service could replace is one that it is started from', () => {
  const path = program(...runpath(directory('lib')));
  library(at('lib', 'libwhose.so'), 'root');
  const more = `user: root\nreason: a test\nwritable: [${at('lib')}]\n`;
  expect(check(path, more).codes).toEqual(['writable-program']);
});

describe('inside a root', () => {
  /** A root with the program, its loader and libc, and what ldconfig makes there. */
  function makeRoot(): string {
    const path = program();
    for (const file of ['bin', 'etc', 'lib', 'opt']) directory('root', file);
    copyFileSync(path, at('root', 'bin', 'program'));
    const libraries = execFileSync('ldd', ['/bin/cat'], { encoding: 'utf8' });
    for (const [file] of libraries.matchAll(/\/\S+/g)) {
      directory('root', dirname(file));
      copyFileSync(realpathSync(file), at('root', file));
      chmodSync(at('root', file), 0o755);
    }
    writeFileSync(at('root', 'etc', 'ld.so.conf'), '/opt\n');
    library(at('root', 'opt', 'libwhose.so'), 'of the root');
    execFileSync('/sbin/ldconfig', ['-r', at('root')]);
    return `root: ${at('root')}\n`;
  }

  const inside = (): string =>
    spawnSync('chroot', [at('root'), '/bin/program'], { encoding: 'utf8' }).stdout.trim();

  test('ld.so.conf leads to a directory of somebody else', () => {
    const root = makeRoot();
    expect(inside()).toBe('of the root');
    expect(check('/bin/program', root).codes).toEqual([]);
    giveAway(at('root', 'opt'));
    const { codes, messages } = check('/bin/program', root);
    expect(codes).toEqual(UNTRUSTED);
    expect(messages).toContain(`${at('root', 'opt')} belongs to uid ${SOMEBODY}`);
  });

  test('a directory of ld.so.conf from which nothing is taken yet', () => {
    const root = makeRoot();
    writeFileSync(at('root', 'etc', 'ld.so.conf'), '/opt\n/srv/libraries\n');
    directory('root', 'srv');
    expect(check('/bin/program', root).codes).toEqual([]);
    giveAway(at('root', 'srv'));
    expect(check('/bin/program', root).codes).toEqual(UNTRUSTED);
  });

  test.each(['ld.so.cache', 'ld.so.conf', 'ld.so.preload'])('%s, which others write to', (name) => {
    const root = makeRoot();
    writeFileSync(at('root', 'etc', name), '', { flag: 'a' });
    expect(check('/bin/program', root).codes).toEqual([]);
    chmodSync(at('root', 'etc', name), 0o666);
    expect(check('/bin/program', root).codes).toEqual(UNTRUSTED);
  });

  test('ld.so.preload that leads to the library of somebody else', () => {
    const root = makeRoot();
    library(at('root', 'opt', 'first.so'), 'somebody');
    writeFileSync(at('root', 'etc', 'ld.so.preload'), '/opt/first.so\n');
    expect(inside()).toBe('somebody');
    expect(check('/bin/program', root).codes).toEqual([]);
    giveAway(at('root', 'opt', 'first.so'));
    expect(check('/bin/program', root).codes).toEqual(UNTRUSTED);
  });

  test('$ORIGIN means nothing where no /proc is', () => {
    const root = makeRoot();
    const path = program(...runpath('$ORIGIN/../own'));
    copyFileSync(path, at('root', 'bin', 'program'));
    library(join(directory('root', 'own'), 'libwhose.so'), 'by origin');
    expect(inside()).toBe('of the root');
    giveAway(at('root', 'own'));
    expect(check('/bin/program', root).codes).toEqual([]);
  });
});

describe('scripts', () => {
  function script(name: string, interpreter: string): string {
    const path = folder.write(name, `#!${interpreter}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  test('whose interpreter is a script of somebody else', () => {
    const inner = script('inner', '/bin/cat');
    const outer = script('outer', inner);
    expect(spawnSync(outer, { encoding: 'utf8' }).stdout).toContain(`#!${inner}`);
    expect(check(outer).codes).toEqual([]);
    giveAway(inner);
    expect(check(outer)).toEqual({
      codes: ['interpreter-untrusted'],
      messages: `${inner} belongs to uid ${SOMEBODY}`,
    });
  });

  test('whose interpreter’s interpreter needs a library of somebody else', () => {
    const path = program(...runpath(directory('lib')));
    library(at('lib', 'libwhose.so'), 'root');
    const outer = script('outer', script('inner', path));
    expect(whose(outer)).toBe('root');
    expect(check(outer).codes).toEqual([]);
    giveAway(at('lib', 'libwhose.so'));
    expect(check(outer).codes).toEqual(UNTRUSTED);
  });

  test('as deep as the kernel goes, and no deeper', () => {
    let path = '/bin/cat';
    for (let depth = 1; depth <= 6; depth += 1) {
      path = script(`script-${depth}`, path);
      const kernel = spawnSync(path);
      expect((kernel.error as NodeJS.ErrnoException | undefined)?.code).toBe(
        depth <= 5 ? undefined : 'ELOOP',
      );
      expect(check(path).codes).toEqual(depth <= 5 ? [] : ['interpreter-not-executable']);
    }
  });

  test('whose interpreter is named from the working directory', () => {
    script('inner', '/bin/cat');
    const outer = script('outer', 'inner');
    expect(spawnSync(outer, { cwd: folder.path }).status).toBe(0);
    expect(check(outer, `directory: ${folder.path}\n`).codes).toEqual([]);
    expect(check(outer).codes).toEqual(['interpreter-missing']);
  });

  test('whose interpreter nobody may execute', () => {
    const inner = script('inner', '/bin/cat');
    const outer = script('outer', inner);
    chmodSync(inner, 0o644);
    expect(spawnSync(outer).error).toMatchObject({ code: 'EACCES' });
    expect(check(outer).codes).toEqual(['interpreter-not-executable']);
  });
});
