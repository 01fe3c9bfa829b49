import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { distrust } from '../../src/host/component-trust.ts';
import { checkTrust, readPolicyFile } from '../../src/host/trust.ts';
import type { Component } from '../../src/host/walk-path.ts';
import { MAX_POLICY_BYTES } from '../../src/policy/document.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-trust-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function messages(path: string): readonly string[] {
  return checkTrust({ program: [path], environment: {} }).map(({ message }) => message);
}

/** What is said of something below the folder: to root, when a user made the folder, that is reason enough. */
function refusal(reason: string): string {
  const uid = process.getuid?.();
  const first = uid === 0 ? reason : `${folder} belongs to uid ${uid}`;
  return `root does not run a program that others can change: ${first}`;
}

describe('checkTrust', () => {
  test('files of root in directories of root', () => {
    expect(messages('/bin/cat')).toEqual([]);
  });

  test('a file that others write to', () => {
    const file = join(folder, 'program.js');
    writeFileSync(file, '');
    chmodSync(file, 0o666);
    expect(messages(file)).toEqual([refusal(`${file} is writable by others than its owner (mode 666)`)]);
  });

  test('a directory above, also behind a link', () => {
    const open = join(folder, 'open');
    mkdirSync(open);
    writeFileSync(join(open, 'program.js'), '');
    chmodSync(open, 0o777);
    symlinkSync(join(open, 'program.js'), join(folder, 'link'));
    const expected = `${open} is writable by others than its owner (mode 777)`;
    expect(messages(join(folder, 'link'))).toEqual([refusal(expected)]);
  });

  test('a file that is missing', () => {
    expect(messages(join(folder, 'none'))).toHaveLength(1);
  });

  test('variables that load code, each by its name', () => {
    const environment = {
      NODE_OPTIONS: '',
      NODE_PATH: '/x',
      OPENSSL_CONF: '/x',
      LD_PRELOAD: '/x',
      PATH: '/bin',
      XLD_: '',
    };
    const found = checkTrust({ program: [], environment });
    expect(found.map(({ message }) => /variable (\w+)/.exec(message)?.[1])).toEqual([
      'NODE_OPTIONS',
      'NODE_PATH',
      'OPENSSL_CONF',
      'LD_PRELOAD',
    ]);
  });
});

describe('distrust', () => {
  const of = (mode: number, uid = 1000): Component => {
    const stat = lstatSync(folder);
    return { path: '/x', stat: Object.assign(stat, { uid, mode }) };
  };

  test.each([
    ['a directory of the owner', 0o040755, undefined],
    ['a directory that the group writes to', 0o040775, '/x is writable by others than its owner (mode 775)'],
    ['a sticky directory', 0o041777, undefined],
    ['a sticky file', 0o101666, '/x is writable by others than its owner (mode 1666)'],
    ['a link, whose mode says nothing', 0o120777, undefined],
  ])('%s', (_, mode, reason) => {
    expect(distrust(of(mode), [0, 1000])).toBe(reason);
    expect(distrust(of(mode), [0])).toBe('/x belongs to uid 1000');
  });
});

describe('readPolicyFile', () => {
  const AS_USER = { asRoot: false };

  test('the text', () => {
    writeFileSync(join(folder, 'a.yaml'), 'portcullis: 1\n');
    expect(readPolicyFile(join(folder, 'a.yaml'), AS_USER)).toMatchObject({
      text: 'portcullis: 1\n',
      diagnostics: [],
    });
  });

  test.each([
    ['a missing file', () => undefined, 'file-unreadable'],
    ['a directory', (path: string) => mkdirSync(path), 'file-unreadable'],
    [
      'a large file',
      (path: string) => writeFileSync(path, Buffer.alloc(MAX_POLICY_BYTES + 1)),
      'policy-too-large',
    ],
    ['bytes that are no text', (path: string) => writeFileSync(path, Buffer.from([0xff])), 'policy-encoding'],
  ])('%s', (_, make, code) => {
    const path = join(folder, 'a.yaml');
    make(path);
    const { text, diagnostics } = readPolicyFile(path, AS_USER);
    expect(text).toBeUndefined();
    expect(diagnostics).toMatchObject([{ code }]);
  });

  test('as root, a file that others write to is refused; as a user it is read', () => {
    const path = join(folder, 'a.yaml');
    writeFileSync(path, 'x');
    chmodSync(path, 0o666);
    expect(readPolicyFile(path, { asRoot: true }).diagnostics.map(({ code }) => code)).toEqual([
      'untrusted-policy',
    ]);
    expect(readPolicyFile(path, AS_USER).text).toBe('x');
  });
});
