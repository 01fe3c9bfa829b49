import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layOut } from '../../src/cli/bpf/graph-layout.ts';
import { svgGraph } from '../../src/cli/bpf/svg-graph.ts';
import { assemble, blocksOf, compileFilter, encodeProgram } from '../../src/seccomp/index.ts';
import { compileLive } from '../seccomp/support/live-filter.ts';
import { filterOf } from '../seccomp/support/policy.ts';
import { portcullis } from '../support/portcullis.ts';
import { TestFolder } from '../support/test-folder.ts';

const POLICY = `portcullis: 1
service: sample
run: [/bin/cat]
exec: allow
seccomp:
  rules:
    - read
    - write(fd in {1, 2})
    - socket -> errno(EACCES)
    - getpid -> log
`;

/** A raw filter in a file, made from a listing. */
function raw(folder: TestFolder, name: string, listing: string): string {
  const { program } = assemble(listing, { file: name, architecture: 'x86_64' });
  if (program === undefined) throw new Error(`not a program: ${listing}`);
  const path = join(folder.path, name);
  writeFileSync(path, encodeProgram(program));
  return path;
}

async function dataOf(args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await portcullis(args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('bpf sim', () => {
  test('says the answer, the way and the line of the policy, as data too', async () => {
    using folder = new TestFolder();
    const policy = folder.write('sample.yaml', POLICY);
    const calls = folder.write(
      'calls',
      'write(1) -> allow\n\n# nothing\nsocket -> errno(EACCES)\ni386: 3 -> kill_process\n',
    );
    const args = [
      'bpf',
      'sim',
      '--arch',
      'x86_64',
      '--json',
      policy,
      '--calls',
      calls,
      '--call',
      'execve(1)',
    ];
    const place = { file: policy, column: 7 };
    expect(await dataOf(args)).toMatchObject([
      { call: 'execve(1)', answer: 'allow', filters: [{ none: expect.stringContaining("'exec'") }] },
      {
        call: 'write(1)',
        nr: 1,
        args: ['1'],
        answer: 'allow',
        right: true,
        filters: [
          {
            path: expect.arrayContaining([0, 1, 2]),
            rule: { ...place, line: 8, text: 'write(fd in {1, 2})' },
          },
        ],
      },
      { answer: 'errno(EACCES)', value: 0x5_000d, filters: [{ rule: { ...place, line: 9 } }] },
      {
        arch: 0x4000_0003,
        answer: 'kill_process',
        filters: [{ none: expect.stringContaining('other machine') }],
      },
    ]);
  });

  test('a number has its name, and a call that no rule answers the groups that have it', async () => {
    using folder = new TestFolder();
    const policy = folder.write('sample.yaml', POLICY);
    const { stdout } = await portcullis(['bpf', 'sim', '--arch', 'x86_64', policy, '--call', '33']);
    expect(stdout.replace(/path .*/, 'path')).toBe(
      [
        '33',
        '  call    dup2',
        '  answer  kill_process',
        '  path',
        '  rule    none: the default of the policy',
        '  group   @stdio: dup2',
        '',
      ].join('\n'),
    );
    const conditions = await portcullis([
      'bpf',
      'sim',
      '--arch',
      'x86_64',
      policy,
      '--call',
      'chmod(0, 04755)',
    ]);
    expect(conditions.stdout).toContain('\n  group   @write-files: chmod(mode & (S_ISUID|S_ISGID) == 0)\n');
    expect(conditions.stdout).not.toContain('  call ');
  });

  test('a stack answers as its most restrictive filter, of equal ones as the newest', async () => {
    using folder = new TestFolder();
    const old = raw(folder, 'old.bpf', 'return errno(EPERM)');
    const young = raw(
      folder,
      'young.bpf',
      'A = nr\nif (A == 1) goto 2 else goto 3\nreturn errno(EACCES)\nreturn allow',
    );
    const args = ['bpf', 'sim', '--json', old, young, '--call', '1', '--call', '2'];
    expect(await dataOf(args)).toMatchObject([
      { answer: 'errno(EACCES)', decidedBy: 1 },
      {
        answer: 'errno(EPERM)',
        decidedBy: 0,
        filters: [{ path: [0] }, { answer: 'allow', path: [0, 1, 3] }],
      },
    ]);
    const { stdout } = await portcullis(['bpf', 'sim', '--arch', 'x86_64', old, young, '--call', '2']);
    expect(stdout.replaceAll(folder.path, '')).toBe(
      [
        '2',
        '  call    open',
        '  answer  errno(EPERM)',
        '  filter  /old.bpf: errno(EPERM), which counts',
        '  path    0: 1 of 1 instructions',
        '  filter  /young.bpf: allow',
        '  path    0 1 3: 3 of 4 instructions',
        '',
      ].join('\n'),
    );
  });

  test('reads the filters of a process, the oldest first', async () => {
    using folder = new TestFolder();
    const live = compileLive();
    const filters = ['log', 'trace(7)'].map((answer, index) =>
      raw(folder, `${index}`, `A = nr\nif (A == 600) goto 2 else goto 3\nreturn ${answer}\nreturn allow`),
    );
    const words = [filters.join(','), 'exec', '/bin/sh', '-c', 'echo up; exec sleep 1000'];
    const child = spawn(join(live.directory, 'live'), words, { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(child.stdout, 'data');
      const args = ['bpf', 'sim', '--json', `pid:${child.pid}`, '--call', '600'];
      expect(await dataOf(args)).toMatchObject([
        { answer: 'trace(7)', decidedBy: 1, filters: [{ answer: 'log' }, { answer: 'trace(7)' }] },
      ]);
    } finally {
      child.kill('SIGKILL');
      live.remove();
    }
  });
});

describe('bpf disasm and bpf asm', () => {
  test('a name with control characters neither steers the terminal nor becomes an instruction', async () => {
    using folder = new TestFolder();
    const odd = raw(folder, 'a\nreturn allow\u001b[31m\u009b', 'return kill_process');
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
    const refused = raw(folder, 'refused.bpf', 'A = mem[1]\nA /= 0\nreturn allow');
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

test('bpf cache says what stands in the way', async () => {
  using folder = new TestFolder();
  const policy = folder.write('sample.yaml', POLICY);
  const { stdout } = await portcullis(['bpf', 'cache', '--arch', 'x86_64', policy]);
  expect(stdout).toMatch(/^2 of \d+ calls of x86_64 are answered from the kernel's cache$/m);
  expect(stdout).toMatch(/^1 not: each is answered log$/m);
  expect(stdout).toMatch(
    /^\d+ instructions; without the cache a call executes [\d.]+ on average, \d+ at most$/m,
  );
  expect(stdout).toMatch(/^ {2}write {2}depends on fd \(.*sample\.yaml:\d+, instruction \d+\)$/m);
  const own = raw(folder, 'own.bpf', 'A = low(ip)\nreturn allow');
  expect(await dataOf(['bpf', 'cache', '--json', policy, own])).toMatchObject({
    cached: [],
    instructions: expect.any(Number),
    executed: { average: expect.any(Number), most: expect.any(Number) },
    others: expect.arrayContaining([
      expect.objectContaining({ call: 'read', file: own, reason: 'depends on the place that it comes from' }),
    ]),
  });
});

describe('bpf graph', () => {
  test('prints DOT, data, or a picture that is XML', async () => {
    using folder = new TestFolder();
    const policy = folder.write('sample.yaml', POLICY);
    expect((await portcullis(['bpf', 'graph', policy])).stdout).toMatch(/^digraph filter \{\n.*\n\}\n$/s);
    const blocks = await dataOf(['bpf', 'graph', '--json', policy]);
    expect(blocks).toEqual(expect.arrayContaining([expect.objectContaining({ first: 0 })]));
    const picture = (await portcullis(['bpf', 'graph', '--svg', policy])).stdout;
    expect(picture).toMatch(/^<svg xmlns="[^"]+" width="\d+" height="\d+"/);
    const open = [...picture.matchAll(/<(\w+)(?: [^>]*[^/])?>/g)].map(([, name]) => name).toSorted();
    const closed = [...picture.matchAll(/<\/(\w+)>/g)].map(([, name]) => name).toSorted();
    expect(open).toEqual(closed);
    expect((await portcullis(['bpf', 'graph', '--svg', '--json', policy])).code).toBe(2);
  });

  test('boxes do not touch, and every edge leads down from box to box', () => {
    const node = fc.record({
      width: fc.integer({ min: 10, max: 200 }),
      height: fc.integer({ min: 10, max: 60 }),
    });
    const graph = fc.array(fc.tuple(node, fc.array(fc.nat(40), { maxLength: 2 })), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(graph, (drawn) => {
        const nodes = drawn.map(([size, steps], index) => ({
          ...size,
          next: [...new Set(steps.map((step) => index + 1 + step))].filter((to) => to < drawn.length),
        }));
        const { boxes, edges, width, height } = layOut(nodes);
        const sides = boxes.map(({ x, y }, index) => {
          const { width: w, height: h } = nodes[index] ?? { width: 0, height: 0 };
          return { left: x, right: x + w, top: y, bottom: y + h };
        });
        for (const [index, box] of sides.entries()) {
          expect(box.left >= 0 && box.top >= 0 && box.right <= width && box.bottom <= height).toBe(true);
          for (const other of sides.slice(index + 1)) {
            const apart =
              box.right <= other.left ||
              other.right <= box.left ||
              box.bottom <= other.top ||
              other.bottom <= box.top;
            expect(apart).toBe(true);
          }
          for (const [edge, to] of (nodes[index]?.next ?? []).entries()) {
            const points = edges[index]?.[edge] ?? [];
            const ys = points.map(({ y }) => y);
            expect([ys[0], ys.at(-1)]).toEqual([box.bottom, sides[to]?.top]);
            expect(ys).toEqual(ys.toSorted((a, b) => a - b));
          }
        }
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  test('a picture of the largest group is made at once', () => {
    const blocks = blocksOf(compileFilter(filterOf(['@system-service', 'ioctl(cmd in {1, 3, 5, 7, 9})'])));
    const picture = svgGraph(blocks);
    expect(picture.match(/<text/g)?.length).toBeGreaterThan(blocks.length);
  });
});

test.each<[readonly string[], number, string]>([
  [['bpf'], 2, 'TASK is missing'],
  [['bpf', 'disasm'], 2, 'FILE is missing'],
  [['bpf', 'dsasm', 'x'], 2, "'TASK' does not take 'dsasm'; did you mean 'disasm'?"],
  [['bpf', 'disasm', '--svg', 'x'], 2, "'--svg' is an option of bpf graph, not of bpf disasm"],
  [['bpf', 'sim', '/dev/null', '--call', '1'], 1, '/dev/null: the program is empty'],
  [['bpf', 'sim', '/nonexistent', '--call', '1'], 2, "cannot read '/nonexistent'"],
  [['bpf', 'sim', '/dev/null', 'write(1)'], 2, 'which call?'],
  [['bpf', 'sim', '/nonexistent.yaml', '--call', '1'], 2, "cannot read '/nonexistent.yaml'"],
  [
    ['bpf', 'sim', 'pid:4194304', '--call', '1'],
    2,
    'cannot read the filters of process 4194304: no such process',
  ],
  [['bpf', 'sim', `pid:${process.pid}`, '--call', '1'], 1, `process ${process.pid} has no filter`],
  [['bpf', 'asm', 'a', 'b'], 2, "a listing is one file, found 'b' as well"],
  [['bpf', 'disasm', '-', '-'], 2, "'-' is standard input, which can be read once"],
])('%j ends with %i and says why', async (args, code, message) => {
  const result = await portcullis(args);
  expect(result).toMatchObject({ code, stdout: '' });
  expect(result.stderr).toContain(message);
});

test('a call that is wrong is shown with its place; without any the command asks', async () => {
  using folder = new TestFolder();
  const filter = raw(folder, 'f.bpf', 'return allow');
  const calls = folder.write('calls', 'read\nwrote(1)\n');
  const { code, stderr } = await portcullis(['bpf', 'sim', '--arch', 'x86_64', filter, '--calls', calls]);
  expect(code).toBe(2);
  expect(stderr).toContain(`${calls}:2:1: error: no system call is named 'wrote' [unknown-call]`);
  expect(await portcullis(['bpf', 'sim', filter])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('which call?'),
  });
});
