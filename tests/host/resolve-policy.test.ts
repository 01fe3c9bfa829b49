import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ELF_MACHINES } from '../../src/host/elf/machines.ts';
import { hostArchitecture } from '../../src/host/host-architecture.ts';
import { type ResolveOptions, resolvePolicy } from '../../src/host/resolve-policy.ts';
import type { Diagnostic } from '../../src/policy/diagnostic.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { elfFile } from '../support/elf.ts';

const PRIVILEGED = { unprivileged: false, callerUid: 0 };
/** The tests make their trees as whoever runs them, so that owner is accepted beside root. */
const AS_CALLER = { unprivileged: true, callerUid: process.getuid?.() ?? -1 };

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'portcullis-root-'));
  chmodSync(root, 0o755);
  mkdirSync(join(root, 'bin'), { mode: 0o755 });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function resolve(more: string, options: ResolveOptions = AS_CALLER) {
  const run = /^run:/m.test(more) ? '' : 'run: [/bin/cat]\n';
  const text = `portcullis: 1\nservice: echo\nlisten: tcp://[::]:7\n${run}${more}`;
  const { policy, diagnostics } = parsePolicy(text, 'echo.yaml');
  if (policy === undefined) throw new Error(JSON.stringify(diagnostics));
  return resolvePolicy(policy, options);
}

function inRoot(more = 'run: [/bin/tool]\n'): readonly (string | undefined)[] {
  return codes(resolve(`root: ${root}\n${more}`).diagnostics);
}

function codes(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ code }) => code);
}

describe('a runtime', () => {
  /** An executable of this machine, by a name of its own. */
  function notes(name: string, more: string): readonly (string | undefined)[] {
    const file = join(root, 'bin', name);
    copyFileSync('/bin/true', file);
    chmodSync(file, 0o755);
    const { diagnostics } = resolve(`run: [${file}, --jitless]\n${more}`);
    return diagnostics.filter(({ code }) => code === 'runtime-groups').map(({ message }) => message);
  }

  test.each<[string, string, string | undefined]>([
    ['java', '', 'is the Java virtual machine, and the rules do not name @threads and @jit'],
    ['java', 'seccomp: { rules: ["@service", "@threads"] }\n', 'do not name @jit'],
    ['java', 'seccomp: { rules: ["@service", "@threads", "@jit"] }\n', undefined],
    ['java', 'seccomp: { default: allow }\n', undefined],
    ['node', '', 'is Node.js, and the rules do not name @node'],
    ['nodes', '', undefined],
  ])('%s with %j', (name, more, message) => {
    expect(notes(name, more)).toEqual(message === undefined ? [] : [expect.stringMatching(`${message}$`)]);
  });
});

describe('identity', () => {
  test('names and numbers', () => {
    expect(resolve('user: 4711\ngroup: 4712\ngroups: [4713, root]\n', PRIVILEGED)).toMatchObject({
      identity: { uid: 4711, gid: 4712, groups: [4713, 0] },
      diagnostics: [],
    });
  });

  test('an unknown user, with the nearest and its place', () => {
    const { identity, diagnostics } = resolve('user: nobdy\ngroups: [no-such-group]\n', PRIVILEGED);
    expect(identity).toBeUndefined();
    expect(diagnostics).toMatchObject([
      {
        code: 'unknown-user',
        message: "unknown user 'nobdy'",
        help: "did you mean 'nobody'?",
        span: { line: 5, column: 7 },
      },
      {
        code: 'unknown-group',
        help: 'write a number, or make it with groupadd --system',
        span: { line: 6, column: 10 },
      },
    ]);
  });

  test('an unknown user like no other is told how to be made', () => {
    expect(resolve('user: no-such-user\n', PRIVILEGED).diagnostics).toMatchObject([
      { code: 'unknown-user', help: 'write a number, or make it with useradd --system' },
    ]);
  });

  test('a number without an entry needs a group', () => {
    expect(codes(resolve('user: 4711\n').diagnostics)).toEqual(['group-missing']);
  });
});

describe('the program', () => {
  test('cat of this host is fine', () => {
    expect(resolve('user: 4711\ngroup: 4711\n', PRIVILEGED).diagnostics).toEqual([]);
  });

  test('is missing', () => {
    expect(inRoot()).toEqual(['executable-missing']);
  });

  test('is not executable', () => {
    writeFileSync(join(root, 'bin/tool'), '#!/bin/tool\n', { mode: 0o644 });
    expect(inRoot()).toEqual(['executable-not-executable']);
  });

  test('is a directory', () => {
    mkdirSync(join(root, 'bin/tool'));
    expect(inRoot()).toEqual(['executable-not-executable']);
  });

  test('is text without an interpreter line', () => {
    writeFileSync(join(root, 'bin/tool'), 'echo\n', { mode: 0o755 });
    expect(inRoot()).toEqual(['executable-not-executable']);
  });

  test('is a script whose interpreter is only on the host', () => {
    writeFileSync(join(root, 'bin/tool'), '#! /bin/sh -e\n', { mode: 0o755 });
    expect(inRoot()).toEqual(['interpreter-missing']);
  });

  test('is a script, whose interpreter is named as it stands inside the root', () => {
    writeFileSync(join(root, 'bin/other'), elfFile(), { mode: 0o755 });
    writeFileSync(join(root, 'bin/tool'), '#! /bin/other -e\n', { mode: 0o755 });
    expect(resolve(`root: ${root}\nrun: [/bin/tool]\n`).interpreters).toEqual(['/bin/other']);
  });

  test('is dynamically linked, whose loader is named unless the plan is for another machine', () => {
    const [cat] = resolve('', PRIVILEGED).interpreters;
    expect(cat).toMatch(/\/ld-linux/);
    const target = hostArchitecture() === 'x86_64' ? 'aarch64' : 'x86_64';
    expect(resolve('', { ...PRIVILEGED, target }).interpreters).toEqual([]);
  });

  test('is dynamically linked and its loader is only on the host', () => {
    copyFileSync('/bin/cat', join(root, 'bin/tool'));
    expect(inRoot()).toEqual(['interpreter-missing']);
  });

  test('is for another machine', () => {
    const header = Buffer.alloc(64);
    header.write('\x7fELF\x02\x01\x01', 'latin1');
    header.writeUInt16LE(8, 18);
    writeFileSync(join(root, 'bin/tool'), header, { mode: 0o755 });
    expect(inRoot()).toEqual(['executable-machine']);
  });

  test('may be for the machine of an executable that is built', () => {
    const target = hostArchitecture() === 'x86_64' ? 'aarch64' : 'x86_64';
    const header = Buffer.alloc(64);
    header.write('\x7fELF\x02\x01\x01', 'latin1');
    header.writeUInt16LE(ELF_MACHINES[target], 18);
    writeFileSync(join(root, 'bin/tool'), header, { mode: 0o755 });
    const text = `root: ${root}\nrun: [/bin/tool]\n`;
    expect(codes(resolve(text).diagnostics)).toEqual(['executable-machine']);
    expect(codes(resolve(text, { ...AS_CALLER, target }).diagnostics)).toEqual([]);
  });

  test('links are followed inside the root only', () => {
    symlinkSync('/bin/cat', join(root, 'bin/tool'));
    expect(inRoot()).toEqual(['executable-missing']);
    symlinkSync('../../../../../bin/tool', join(root, 'bin/loop'));
    symlinkSync('loop', join(root, 'bin/cat'));
    expect(inRoot()).toEqual(['executable-missing']);
  });

  test('can be changed by others', () => {
    writeFileSync(join(root, 'bin/tool'), '#!/bin/other\n');
    writeFileSync(join(root, 'bin/other'), elfFile());
    for (const name of ['tool', 'other']) chmodSync(join(root, 'bin', name), 0o775);
    expect(inRoot()).toEqual(['executable-untrusted', 'interpreter-untrusted']);
  });
});

describe('directories', () => {
  test('a root that is missing or a file', () => {
    expect(codes(resolve('root: /no/such/root\n').diagnostics)).toEqual(['root-missing']);
    expect(codes(resolve('root: /etc/passwd\n').diagnostics)).toEqual(['root-not-directory']);
  });

  test('a root that is the host, by links or by a process', () => {
    symlinkSync('/', join(root, 'absolute'));
    symlinkSync('absolute', join(root, 'twice'));
    symlinkSync('../../../../../../..', join(root, 'relative'));
    symlinkSync('.', join(root, 'itself'));
    const links = ['absolute', 'twice', 'relative'].map((name) => join(root, name));
    for (const path of [...links, '/proc/self/root']) {
      // Such a policy starts its program in the root of the host, where files of the host are.
      expect(realpathSync(path)).toBe('/');
      expect(resolve(`root: ${path}\n`).diagnostics).toMatchObject([
        { code: 'root-whole', message: `the root '${path}' is the whole host`, span: { line: 5, column: 7 } },
      ]);
    }
    writeFileSync(join(root, 'bin/tool'), elfFile(), { mode: 0o755 });
    expect(codes(resolve(`root: ${root}/itself\nrun: [/bin/tool]\n`).diagnostics)).toEqual([]);
  });

  test('a root that others write to, sticky or not', () => {
    writeFileSync(join(root, 'bin/tool'), elfFile(), { mode: 0o755 });
    for (const mode of [0o777, 0o1777]) {
      chmodSync(root, mode);
      expect(inRoot()).toContain('root-untrusted');
    }
  });

  test('directory and writable inside the root', () => {
    writeFileSync(join(root, 'bin/tool'), elfFile(), { mode: 0o755 });
    mkdirSync(join(root, 'data'));
    expect(inRoot('run: [/bin/tool]\ndirectory: /bin\nwritable: [/data]\n')).toEqual([]);
    expect(inRoot('run: [/bin/tool]\ndirectory: /etc\nwritable: [/etc]\n')).toEqual([
      'directory-missing',
      'writable-missing',
    ]);
  });
});

describe('what the service is started from', () => {
  beforeEach(() => {
    writeFileSync(join(root, 'bin/tool'), '#!/bin/sh-of-the-root\n', { mode: 0o755 });
    writeFileSync(join(root, 'bin/sh-of-the-root'), elfFile(), { mode: 0o755 });
    mkdirSync(join(root, 'lib'));
    symlinkSync('../bin', join(root, 'lib/bin'));
  });

  test('the places of terminals, inside the root', () => {
    mkdirSync(join(root, 'dev'), { mode: 0o755 });
    const lines = 'run: [/bin/tool]\nterminals: true\n';
    expect(inRoot(lines)).toEqual(['terminals-place', 'terminals-place']);
    mkdirSync(join(root, 'dev/pts'), { mode: 0o755 });
    const { diagnostics } = resolve(`root: ${root}\n${lines}`);
    expect(diagnostics.map(({ help }) => help)).toEqual([
      `make it a link: ln -sfn pts/ptmx ${root}/dev/ptmx`,
    ]);
    symlinkSync('../etc', join(root, 'dev/ptmx'));
    expect(inRoot(lines)).toEqual(['terminals-place']);
    rmSync(join(root, 'dev/ptmx'));
    symlinkSync('pts/ptmx', join(root, 'dev/ptmx'));
    expect(inRoot(lines)).toEqual([]);
    writeFileSync(join(root, 'dev/tty'), '');
    expect(inRoot(lines)).toEqual(['terminals-place']);
    rmSync(join(root, 'dev/tty'));
    chmodSync(join(root, 'dev'), 0o777);
    expect(inRoot(lines)).toEqual(['terminals-untrusted']);
    chmodSync(join(root, 'dev'), 0o755);
    rmSync(join(root, 'dev/pts'), { recursive: true });
    symlinkSync('../bin', join(root, 'dev/pts'));
    expect(inRoot(lines)).toEqual(['terminals-place']);
  });

  test('a terminal behind a link of writable', () => {
    mkdirSync(join(root, 'dev/pts'), { recursive: true });
    symlinkSync('dev/pts', join(root, 'screen'));
    const { diagnostics } = resolve(`root: ${root}\nrun: [/bin/tool]\nwritable: [/screen]\n`);
    expect(diagnostics.map(({ code, help }) => [code, help])).toEqual([
      ['writable-terminals', expect.stringContaining('terminals: true')],
    ]);
  });

  describe.each(['writable', 'write-and-run'])('is not where %s lets it write', (key) => {
    test.each(['/', '/bin', '/bin/tool', '/bin/sh-of-the-root', '/lib/bin'])('through %s', (path) => {
      expect(inRoot(`run: [/bin/tool]\n${key}: ["${path}"]\n`)).toEqual(['writable-program']);
    });

    test('nor a link on the way to it', () => {
      expect(inRoot(`run: [/lib/bin/tool]\n${key}: [/lib]\n`)).toEqual(['writable-program']);
    });

    test('whoever it belongs to', () => {
      const elsewhere = { unprivileged: true, callerUid: 4711 };
      const found = resolve(`root: ${root}\nrun: [/bin/tool]\n${key}: [/bin]\n`, elsewhere);
      expect(codes(found.diagnostics)).toContain('writable-program');
      const asRoot = resolve(`user: root\nreason: a test\n${key}: [/]\n`, PRIVILEGED);
      expect(codes(asRoot.diagnostics)).toEqual(['writable-program']);
    });

    test('but may be beside it', () => {
      expect(inRoot(`run: [/bin/tool]\n${key}: [/lib]\n`)).toEqual([]);
    });
  });
});

describe('what the service may write to', () => {
  beforeEach(() => {
    writeFileSync(join(root, 'bin/tool'), elfFile(), { mode: 0o755 });
    mkdirSync(join(root, 'data/a/b'), { recursive: true });
    mkdirSync(join(root, 'dev'));
    mkdirSync(join(root, 'proc'));
    writeFileSync(join(root, 'data/file'), '');
    writeFileSync(join(root, 'dev/null'), '');
    symlinkSync('data/a', join(root, 'link'));
    symlinkSync('/link/b', join(root, 'data/link'));
  });

  test.each([
    ['writable: [/data/file]', ['writable-not-directory']],
    ['write-and-run: [/dev/null]', ['writable-not-directory']],
    ['writable: [/dev/null]', []],
    ['writable: [/dev]', ['writable-devices']],
    // Of a root of its own it is what somebody has put there.
    ['writable: [/proc]', []],
    ['writable: [/data/a, /link]', ['writable-twice']],
    ['write-and-run: [/data/a, /data/a]', ['writable-twice']],
    ['writable: [/data, /data/a]', []],
    ['writable: [/data/a]\nwrite-and-run: [/data]', []],
    ['writable: [/data]\nwrite-and-run: [/data/a]', ['writable-nested']],
    ['writable: [/data/a]\nwrite-and-run: [/link]', ['writable-nested']],
  ])('%s', (lines, expected) => {
    expect(inRoot(`run: [/bin/tool]\n${lines}\n`)).toEqual(expected);
  });

  test('is not in the /proc of the host', () => {
    for (const path of ['/proc', '/proc/sys', '/proc/self/fd'])
      expect(codes(resolve(`writable: [${path}]\n`).diagnostics)).toEqual(['writable-proc']);
  });

  test('is looked up without links, inside the root', () => {
    const lines = 'run: [/bin/tool]\nwritable: [/data/link, /link, /data]\n';
    expect([...resolve(`root: ${root}\n${lines}`).linkTargets]).toEqual([
      ['/data/link', '/data/a/b'],
      ['/link', '/data/a'],
      ['/data', '/data'],
    ]);
  });
});

test('a program that belongs to somebody else is refused', () => {
  writeFileSync(join(root, 'bin/tool'), elfFile(), { mode: 0o755 });
  if (process.getuid?.() === 0) chownSync(join(root, 'bin/tool'), 4711, 4711);
  expect(codes(resolve(`root: ${root}\nrun: [/bin/tool]\n`, PRIVILEGED).diagnostics)).toContain(
    'executable-untrusted',
  );
});
