import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkTrust, readPolicyFile } from '../../src/host/trust.ts';
import { MAX_POLICY_BYTES } from '../../src/policy/document.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-trust-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function messages(path: string): readonly string[] {
  return checkTrust({ program: [path], environment: {} }).map(({ message }) => message);
}

describe('checkTrust', () => {
  test('files of root in directories of root', () => {
    expect(messages('/bin/cat')).toEqual([]);
  });

  test('a file that others write to', () => {
    const file = join(folder, 'program.js');
    writeFileSync(file, '');
    chmodSync(file, 0o666);
    expect(messages(file)).toContainEqual(
      expect.stringContaining(`${file} is writable by others than its owner (mode 666)`),
    );
  });

  test('a directory above, also behind a link', () => {
    const open = join(folder, 'open');
    mkdirSync(open);
    writeFileSync(join(open, 'program.js'), '');
    chmodSync(open, 0o777);
    symlinkSync(join(open, 'program.js'), join(folder, 'link'));
    expect(messages(join(folder, 'link'))).toContainEqual(expect.stringContaining(`${open} is writable`));
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
