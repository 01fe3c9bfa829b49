import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { portcullis } from '../../support/portcullis.ts';
import { TestFolder } from '../../support/test-folder.ts';
import { dataOf, POLICY, rawFilter } from './support/filters.ts';

describe('bpf disasm and bpf asm', () => {
  test('a name with control characters neither steers the terminal nor becomes an instruction', async () => {
    using folder = new TestFolder();
    const odd = rawFilter(folder, 'a\nreturn allow\u001b[31m\u009b', 'return kill_process');
    const listed = await portcullis(['bpf', 'disasm', odd, odd]);
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    expect(listed.stdout).toContain('/a\\u{a}return allow\\u{1b}[31m\\u{9b}\n');
    const simulated = await portcullis(['bpf', 'sim', odd, odd, '--call', 'read']);
    const missing = await portcullis(['bpf', 'disasm', `${odd}-2`]);
    expect(missing.stderr).toContain('/a\\u{a}return allow\\u{1b}[31m\\u{9b}-2');
    for (const text of [listed.stdout, simulated.stdout, missing.stderr])
      expect(text).not.toMatch(/[^\P{Cc}\n]/u);
  });

  test('give back the bytes of a policy, through standard input as well', async () => {
    using folder = new TestFolder();
    const policy = folder.write('sample.yaml', POLICY);
    const [listing, copy] = [join(folder.path, 'listing'), join(folder.path, 'copy.bpf')];
    expect(await portcullis(['bpf', 'disasm', '--arch', 'aarch64', policy, '-o', listing])).toMatchObject({
      code: 0,
    });
    expect(await portcullis(['bpf', 'asm', '--arch', 'aarch64', listing, '-o', copy])).toMatchObject({
      code: 0,
    });
    const [data, again] = [
      await dataOf(['bpf', 'disasm', '--json', '--arch', 'aarch64', policy]),
      // The machine is the one that the program tests for.
      await dataOf(['bpf', 'disasm', '--json', copy]),
    ];
    const shape = { architecture: 'aarch64', problems: [], instructions: expect.any(Array) };
    expect([data, again]).toEqual([[{ file: policy, ...shape }], [{ file: copy, ...shape }]]);
    expect(JSON.stringify(again).replace(copy, policy)).toBe(JSON.stringify(data));
  });

  test('a program that the kernel refuses is listed with the reasons, and not written', async () => {
    using folder = new TestFolder();
    const refused = rawFilter(folder, 'refused.bpf', 'A = mem[1]\nA /= 0\nreturn allow');
    const { code, stdout, stderr } = await portcullis(['bpf', 'disasm', refused]);
    expect(code).toBe(1);
    expect(stdout).toContain('0001: A /= 0x0\n');
    expect(stderr).toContain(
      'refused.bpf: instruction 1: error: the program divides by the constant 0 [bpf-division]',
    );
    const out = join(folder.path, 'out.bpf');
    const source = folder.write('refused.asm', 'A = nr\nA /= 0\nreturn allow\n');
    const written = await portcullis(['bpf', 'asm', source, '-o', out]);
    expect(written).toMatchObject({ code: 1, stdout: '' });
    expect(written.stderr).toContain(
      'refused.asm:2:1: error: the program divides by the constant 0 [bpf-division]',
    );
    expect(() => readFileSync(out)).toThrow('ENOENT');
    expect((await portcullis(['bpf', 'sim', refused, '--call', '1'])).stderr).toContain('EINVAL');
  });
});
