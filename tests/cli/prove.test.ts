import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeProgram } from '../../src/seccomp/bpf/encode-program.ts';
import { compileFilter } from '../../src/seccomp/compile/compile-filter.ts';
import { filterOf } from '../seccomp/support/policy.ts';
import { portcullis } from '../support/portcullis.ts';
import { TestFolder } from '../support/test-folder.ts';

const POLICY = `portcullis: 1
service: example
run: [/bin/cat]
seccomp:
  rules:
    - read
    - write(fd in {1, 2})
    - exit_group
`;
const RULES = ['read', 'write(fd in {1, 2})', 'exit_group'];

function raw(folder: TestFolder, name: string, rules: readonly string[]): string {
  const path = join(folder.path, name);
  writeFileSync(path, encodeProgram(compileFilter(filterOf(rules))));
  return path;
}

describe('portcullis prove', () => {
  test.each(['x86_64', 'aarch64'])('says what was proved of a policy on %s', async (machine) => {
    using folder = new TestFolder();
    const file = folder.write('example.yaml', POLICY);
    const { code, stdout } = await portcullis(['prove', '--arch', machine, file]);
    expect(stdout).toContain(`${file}: proved for every call of ${machine} and of every other machine\n`);
    expect(stdout).toMatch(/a session +without page 0 +\d+ \+ \d+ +\d+\n/);
    expect(stdout).toMatch(/4 proofs in \d+ ms\n$/);
    expect(code).toBe(0);
  });

  test('as data, for every shipped policy', async () => {
    const files = ['echo', 'whois'].map((name) => `policies/${name}.yaml`);
    const { code, stdout } = await portcullis(['prove', '--json', ...files]);
    const answer = JSON.parse(stdout) as { file: string; proved: boolean; proofs: { nodes: number }[] }[];
    expect(answer.map(({ file, proved }) => ({ file, proved }))).toEqual(
      files.map((file) => ({ file, proved: true })),
    );
    expect(
      answer.every(({ proofs }) => proofs.length === 5 && proofs.every(({ nodes }) => nodes > 1000)),
    ).toBe(true);
    expect(code).toBe(0);
  });

  test('compares with a program of another compiler', async () => {
    using folder = new TestFolder();
    const file = folder.write('example.yaml', POLICY);
    const same = await portcullis([
      'prove',
      '--arch',
      'x86_64',
      '--against',
      raw(folder, 'same', RULES),
      file,
    ]);
    expect({ code: same.code, stderr: same.stderr }).toEqual({ code: 0, stderr: '' });
    expect(same.stdout).toContain('1 proof in');

    const wider = raw(folder, 'wider', ['read', 'write(fd in {1, 2, 7})', 'exit_group']);
    const { code, stdout } = await portcullis(['prove', '--arch', 'x86_64', '--against', wider, file]);
    expect(stdout).toContain(
      'write(fd=0x7, buf=0x0, count=0x0): the rules say kill_process, the program answers allow',
    );
    expect(stdout).toContain(`${file}:7:7: error`);
    expect(code).toBe(1);

    const json = await portcullis(['prove', '--json', '--arch', 'x86_64', '--against', wider, file]);
    expect(JSON.parse(json.stdout)).toMatchObject([
      {
        proved: false,
        proofs: [
          {
            proved: false,
            difference: {
              nr: '0x1',
              args: ['0x7', '0x0', '0x0', '0x0', '0x0', '0x0'],
              rules: 'kill_process',
              program: 'allow',
            },
          },
        ],
      },
    ]);
    expect(json.code).toBe(1);
  });

  test('proves a section without a policy, and compares it with a process', async () => {
    using folder = new TestFolder();
    const file = folder.write('section.yaml', 'seccomp:\n  rules:\n    - read\n');
    const { code, stdout } = await portcullis(['prove', file]);
    expect(stdout).toContain('1 proof in');
    expect(code).toBe(0);
    const unfiltered = await portcullis(['prove', '--against', `pid:${process.pid}`, file]);
    expect(unfiltered.stderr).toMatch(/has no filter|cannot read the filters/);
    expect(unfiltered.code).toBeGreaterThan(0);
  });

  test('says why a program is none, and what is wrong with a policy', async () => {
    using folder = new TestFolder();
    const file = folder.write('example.yaml', POLICY);
    const broken = folder.write('broken.bpf', '12345678');
    const refused = await portcullis(['prove', '--against', broken, file]);
    expect(refused.stderr).toContain('instruction 0: error: the kernel allows no instruction 0x3231');
    expect(refused.code).toBe(1);
    const cut = await portcullis(['prove', '--against', folder.write('cut.bpf', '123'), file]);
    expect(cut.stderr).toContain('expected whole instructions of 8 bytes, found 3 bytes');
    expect(cut.code).toBe(1);
    expect((await portcullis(['prove', '--against', '/nonexistent', file])).code).toBe(2);
    expect((await portcullis(['prove', '/nonexistent.yaml'])).code).toBe(2);
    expect((await portcullis(['prove', '--against', broken, file, file])).code).toBe(2);
    const wrong = await portcullis(['prove', folder.write('wrong.yaml', POLICY.replace('- read', '- reed'))]);
    expect(wrong.stdout).toContain("did you mean 'read'?");
    expect(wrong.code).toBe(1);
  });
});
