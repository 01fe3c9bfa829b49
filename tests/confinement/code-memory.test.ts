import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PF_W, PF_X, PT_GNU_STACK, PT_LOAD } from '../../src/host/elf/headers.ts';
import { launch } from '../support/launch.ts';
import { portcullis } from '../support/portcullis.ts';
import { serveBuiltProbes, serveProbes, writeProbePolicy } from '../support/probe-program.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

const SOURCE = new URL('./programs/code-memory.c', import.meta.url).pathname;
const ORDINARY_UID = freeUser();
const RUNS = 'the code answered 42';

let folder: TestFolder;
beforeAll(() => {
  folder = new TestFolder();
});
afterAll(() => folder[Symbol.dispose]());

function compile(name: string, ...flags: readonly string[]): string {
  const path = join(folder.path, name);
  execFileSync('cc', ['-O1', '-Wall', '-Wextra', '-o', path, SOURCE, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return path;
}

/** `Elf64_Ehdr` and `Elf64_Phdr`, elf(5): changes the program headers of a file for which `change` has other values. */
function patch(
  path: string,
  change: (type: number, flags: number) => readonly [type: number, flags: number],
): string {
  const bytes = readFileSync(path);
  const table = Number(bytes.readBigUInt64LE(32));
  for (let index = 0; index < bytes.readUInt16LE(56); index += 1) {
    const at = table + 56 * index;
    const [type, flags] = change(bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4));
    bytes.writeUInt32LE(type, at);
    bytes.writeUInt32LE(flags, at + 4);
  }
  writeFileSync(path, bytes);
  return path;
}

const withoutStackHeader = (path: string): string =>
  patch(path, (type, flags) => [type === PT_GNU_STACK ? 0 : type, flags]);

/** The loader of this host, whose data are executable. */
function spoiltLoader(): string {
  const [loader = ''] =
    /\/[^\s\]]*\/ld-[^\s\]]*/.exec(execFileSync('readelf', ['-lW', '/bin/cat'], { encoding: 'utf8' })) ?? [];
  const path = join(folder.path, 'loader');
  copyFileSync(loader, path);
  chmodSync(path, 0o755);
  return patch(path, (type, flags) => [
    type,
    type === PT_LOAD && (flags & PF_W) !== 0 ? flags | PF_X : flags,
  ]);
}

function library(name: string, ...flags: readonly string[]): string {
  const path = join(folder.path, name);
  const source = folder.write('library.c', 'int of_library(void) { return 7; }\n');
  execFileSync('cc', ['-shared', '-fPIC', '-o', path, source, ...flags]);
  return path;
}

function withLibrary(name: string, path: string): string {
  return compile(name, '-DLIBRARY', path, '-pthread');
}

/** What the kernel, or the loader before the filter is loaded, gives a program that no rule is asked for. */
const GIVEN = [
  {
    what: 'an executable stack',
    name: 'executable-stack',
    ask: 'stack',
    make: () => compile('stack', '-z', 'execstack'),
  },
  {
    what: 'an executable stack of a static program',
    name: 'executable-stack',
    ask: 'stack',
    make: () => compile('static-stack', '-static', '-z', 'execstack'),
  },
  {
    what: 'a writable segment of code',
    name: 'writable-segment',
    ask: 'segment',
    make: () => compile('segment', '-DWRITABLE_CODE'),
  },
  {
    // Its headers say of no segment that it is writable and executable.
    what: 'a segment of code that is longer than its file',
    name: 'writable-segment',
    ask: 'segment',
    make: () => compile('longer', '-DCODE_WITHOUT_BYTES', '-no-pie', '-Wl,--section-start=.place=0x10000000'),
  },
  {
    what: 'a loader with a writable segment of code',
    name: 'writable-segment',
    ask: 'maps',
    make: () => compile('by-loader', `-Wl,--dynamic-linker=${spoiltLoader()}`),
  },
  {
    what: 'a script whose interpreter has an executable stack',
    name: 'executable-stack',
    ask: 'stack',
    make: () => {
      const script = folder.write('script', `#!${compile('interpreter', '-z', 'execstack')}\n`);
      chmodSync(script, 0o755);
      return script;
    },
  },
] as const;

const answers = (ask: string): string => (ask === 'maps' ? 'writable and executable' : RUNS);

function bare(program: string, ask: string): string {
  return spawnSync(program, { input: `${ask}\n`, encoding: 'utf8' }).stdout.trimEnd();
}

describe('memory that the kernel gives a program before its first instruction', () => {
  describe.each(GIVEN)('$what', ({ name, ask, make }) => {
    let program = '';
    beforeAll(() => {
      program = make();
    });

    test('runs code under every group of ours where the policy accepts it: no filter is asked', async () => {
      expect(bare(program, ask)).toBe(answers(ask));
      const accepting = { lines: [`accept: { ${name}: a test }`] };
      const ordinary = [`user: ${ORDINARY_UID}`, `group: ${ORDINARY_UID}`, ...accepting.lines];
      await using served = await serveProbes(folder, program, accepting);
      expect(await served.attempt(ask)).toBe(answers(ask));
      await using built = await serveBuiltProbes(folder, program, accepting);
      expect(await built.attempt(ask)).toBe(answers(ask));
      const options = { args: ['--unprivileged'], uid: ORDINARY_UID };
      await using unprivileged = await serveProbes(folder, program, { lines: ordinary }, options);
      expect(await unprivileged.attempt(ask)).toBe(answers(ask));
    });

    test('is refused by check, run and build', async () => {
      const { file } = writeProbePolicy(folder, program);
      const error = new RegExp(`^\\S+:4:7: error: .*\\[${name}\\]$`, 'm');
      const checked = await portcullis(['check', file]);
      expect(checked).toMatchObject({ code: 1, stdout: expect.stringMatching(error) });
      const output = join(folder.path, 'built');
      const build = await portcullis(['build', file, '-o', output]);
      expect(build).toMatchObject({ code: 1, stderr: expect.stringMatching(error) });
      expect(spawnSync(output).error).toMatchObject({ code: 'ENOENT' });
      const running = launch([file]);
      expect((await running.exited).code).toBe(125);
      expect(running.stderr).toMatch(error);
      expect(running.events).toEqual([]);
    });

    test('is not accepted under another name', async () => {
      const other = name === 'executable-stack' ? 'writable-segment' : 'executable-stack';
      const { file } = writeProbePolicy(folder, program, { lines: [`accept: { ${other}: a test }`] });
      expect((await portcullis(['check', file])).code).toBe(1);
    });
  });
});

/** What a loader asks for, which a filter of ours answers with the end of the program. */
const ASKED = [
  {
    what: 'an executable stack',
    name: 'executable-stack',
    ask: 'stack',
    make: () => library('libstack.so', '-z', 'execstack'),
  },
  {
    what: 'no word on its stack',
    name: 'executable-stack',
    ask: 'stack',
    make: () => withoutStackHeader(library('libsilent.so')),
  },
  {
    what: 'a writable segment of code',
    name: 'writable-segment',
    ask: 'maps',
    make: () =>
      patch(library('libsegment.so'), (type, flags) => [
        type,
        type === PT_LOAD && (flags & PF_W) !== 0 ? flags | PF_X : flags,
      ]),
  },
] as const;

describe('memory that the loader asks for, for a library', () => {
  describe.each(ASKED)('a library with $what', ({ what, name, ask, make }) => {
    // Only glibc of x86-64 takes the silent one for one that says yes.
    const isTaken = what !== 'no word on its stack' || process.arch === 'x64';

    test('brings it into a program that nothing confines, and ends one under a filter, as check says', async () => {
      const program = withLibrary(`with-${name}-${ask}-${what.length}`, make());
      const refused = writeProbePolicy(folder, program);
      const checked = await portcullis(['check', refused.file]);
      if (!isTaken) {
        expect(checked.code).toBe(0);
        return;
      }
      expect(bare(program, ask)).toBe(`the library answered 7\n${answers(ask)}`);
      expect(checked).toMatchObject({ code: 1, stdout: expect.stringContaining(`[${name}]`) });
      const accepting = { lines: [`accept: { ${name}: a test }`] };
      await using served = await serveProbes(folder, program, accepting);
      expect(await served.attempt(ask)).toBe('SIGSYS');
    });
  });
});

describe('a program without a word on its stack', () => {
  test('has one that is not executable, and threads whose stacks the filter does not make so', async () => {
    const program = withoutStackHeader(compile('silent', '-pthread'));
    expect(bare(program, 'maps')).toBe('none');
    await using served = await serveProbes(folder, program);
    expect(await served.attempt('maps')).toBe('none');
    expect(await served.attempt('stack')).toBe('SIGSEGV');
    expect(bare(program, 'thread')).toBe(process.arch === 'x64' ? RUNS : '');
    expect(await served.attempt('thread')).toBe(process.arch === 'x64' ? 'SIGSYS' : 'SIGSEGV');
  });
});

describe('a program that a service starts', () => {
  test('has an executable stack under `exec: allow` that nobody is told of, and does not start under `once`', async () => {
    const program = compile('started', '-z', 'execstack');
    const script = folder.write('starts', `#!/bin/sh\n[ -n "$PATH" ] && exec ${program}\n`);
    chmodSync(script, 0o755);
    const allowing = { lines: ['exec: allow'] };
    const { file } = writeProbePolicy(folder, script, allowing);
    expect((await portcullis(['check', file])).stdout).not.toContain('executable-stack');
    await using allowed = await serveProbes(folder, script, allowing);
    expect(await allowed.attempt('stack')).toBe(RUNS);
    await using once = await serveProbes(folder, script);
    expect(await once.attempt('stack')).toBe('SIGSYS');
  });
});

describe('a program that its caller may execute and not read', () => {
  test('is refused, for nothing is known of it, unless both are accepted', async () => {
    const program = compile('unread', '-z', 'execstack');
    chmodSync(program, 0o711);
    const ordinary = [`user: ${ORDINARY_UID}`, `group: ${ORDINARY_UID}`];
    const { file } = writeProbePolicy(folder, program, { lines: ordinary });
    const running = launch([file], { args: ['--unprivileged'], uid: ORDINARY_UID });
    expect((await running.exited).code).toBe(125);
    expect(running.stderr).toContain('[executable-unreadable]');
    const lines = [...ordinary, 'accept: { executable-stack: unseen, writable-segment: unseen }'];
    const options = { args: ['--unprivileged'], uid: ORDINARY_UID };
    await using served = await serveProbes(folder, program, { lines }, options);
    expect(await served.attempt('stack')).toBe(RUNS);
  });
});
