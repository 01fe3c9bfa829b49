import { createContext, Script } from 'node:vm';
import { buildSync } from 'esbuild';
import { describe, expect, test } from 'vitest';
import * as library from '../../src/seccomp/library.ts';

const BUILT = new URL('../../dist/library/seccomp.js', import.meta.url).pathname;
const x86 = { architecture: 'x86_64' } as const;

function filterOf(source: Parameters<typeof library.parseFilter>[0]): library.Filter {
  const { filter, diagnostics } = library.parseFilter(source, x86);
  if (filter === undefined) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return filter;
}

/** The built library as one script, in a context that has the language and nothing else: no Buffer, process or TextDecoder. */
function inBareContext(source: string, before = ''): unknown {
  const bundle = buildSync({
    entryPoints: [BUILT],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'library',
    platform: 'neutral',
  });
  const context = createContext(Object.create(null));
  new Script(before).runInContext(context);
  new Script(bundle.outputFiles[0]?.text ?? '').runInContext(context);
  return JSON.parse(String(new Script(`JSON.stringify((() => { ${source} })())`).runInContext(context)));
}

test('the built library imports nothing, and works where there is nothing but the language', () => {
  const answer = inBareContext(`
    if ([typeof process, typeof Buffer, typeof URL, typeof TextDecoder].some((type) => type !== 'undefined')) return 'not bare';
    const answers = {};
    for (const architecture of library.ARCHITECTURES) {
      const rules = '@start\\n@stdio\\nsocket(family == AF_UNIX) -> errno(EACCES)';
      const { filter, diagnostics } = library.parseFilter(rules, { architecture });
      const program = library.compile(filter);
      answers[architecture] = {
        diagnostics,
        actions: [1, 2].map((family) => library.actionText(library.simulate(program, { call: 'socket', args: [family] }))),
        proved: library.prove(filter, program).text === undefined,
        same: library.diff(filter, program).differences.length,
        wider: library.diff(program, library.parseFilter(rules + '\\nmount', { architecture }).filter).wider,
        exported: library.exportFilter('bpf', filter).content.length === library.encodeProgram(program).length,
        lines: library.disassemble(program).length > 10,
      };
    }
    return answers;
  `);
  const expected = {
    diagnostics: [],
    actions: ['errno(EACCES)', 'kill_process'],
    proved: true,
    same: 0,
    wider: true,
    exported: true,
    lines: true,
  };
  expect(answer).toEqual({ x86_64: expected, aarch64: expected });
});

test('a runtime whose numbers are wrong is refused', () => {
  const signed = 'BigInt.asUintN = (width, value) => value;';
  expect(() => inBareContext('return 1', signed)).toThrow(
    'BigInt.asUintN of this JavaScript runtime is wrong',
  );
});

describe('parseFilter', () => {
  test('takes a text, a list and a whole section, which mean the same', () => {
    const text = '# for the log\n\n  write(fd in {1, 2})\r\nread\n';
    const list = ['write(fd in {1, 2})', 'read'];
    const programs = [text, list, { rules: text }, { rules: list, default: 'kill_process' }].map((source) =>
      library.compile(filterOf(source)),
    );
    for (const program of programs) expect(program).toEqual(programs[0]);
  });

  test('says where in a text or list a rule is wrong', () => {
    const text = library.parseFilter('read\n\n  wirte', { ...x86, file: 'my.rules' });
    expect(text.filter).toBeUndefined();
    expect(text.diagnostics).toMatchObject([
      { code: 'unknown-call', span: { file: 'my.rules', line: 3, column: 3, length: 5 } },
    ]);
    const list = library.parseFilter(['read', 'write(fdd == 1)'], x86);
    expect(list.diagnostics).toMatchObject([{ span: { file: 'rules', line: 2, column: 7 } }]);
  });

  test('knows default, kernel and groups', () => {
    const program = library.compile(
      filterOf({
        rules: '@mine',
        default: 'errno(EPERM)',
        kernel: '5.10',
        groups: { '@mine': ['read', 'getpid -> log'] },
      }),
    );
    const answer = (call: string): string => library.actionText(library.simulate(program, { call }));
    expect(['read', 'getpid', 'write', 'futex_wait'].map(answer)).toEqual([
      'allow',
      'log',
      'errno(EPERM)',
      'errno(ENOSYS)',
    ]);
    const wrong = library.parseFilter({ rules: '@mine', groups: { '@mine': ['raed'] } }, x86);
    expect(wrong.diagnostics).toMatchObject([{ code: 'unknown-call', span: { file: '@mine', line: 1 } }]);
  });
});

describe('simulate', () => {
  const program = library.compile(filterOf('write(fd == 1)\nlseek(offset == 0xffffffffffffffff)\nclose'));

  test('takes a call by its name or number, and arguments as C has them', () => {
    expect(library.simulate(program, { call: 'write', args: [1] })).toEqual({ kind: 'allow' });
    expect(library.simulate(program, { call: 1, args: [1n] })).toEqual({ kind: 'allow' });
    expect(library.simulate(program, { call: 'write' })).toEqual({ kind: 'kill_process' });
    expect(library.simulate(program, { call: 'lseek', args: [0, -1] })).toEqual({ kind: 'allow' });
    expect(library.simulate(program, { call: -1 })).toEqual({ kind: 'kill_process' });
  });

  test('refuses a name that is none', () => {
    expect(() => library.simulate(program, { call: 'wirte' })).toThrow("x86_64 has no system call 'wirte'");
  });
});

test('a format that is none is refused with those that are', () => {
  const format = 'elf' as library.ExportFormat;
  expect(() => library.exportFilter(format, filterOf('read'))).toThrow(
    `no format is named 'elf'; there are ${Object.keys(library.EXPORT_FORMATS).join(', ')}`,
  );
});

describe('prove and diff', () => {
  const filter = filterOf('write(fd in {1, 2})\nread');
  const program = library.compile(filter);

  test('a program that is not its rules comes with a call that shows it', () => {
    expect(library.prove(filter, program)).toMatchObject({ difference: undefined, text: undefined });
    const other = library.compile(filterOf('write(fd in {1, 3})\nread'));
    expect(library.prove(filter, [program, other])).toMatchObject({
      difference: { expected: { kind: 'allow' }, found: { kind: 'kill_process' } },
      text: expect.stringContaining('write'),
    });
  });

  test('two deciders differ in words, whatever they are', () => {
    const wider = library.diff(program, filterOf('write\nread'));
    expect(wider).toMatchObject({
      wider: true,
      differences: [{ direction: 'wider', before: 'kill_process', after: 'allow' }],
    });
    expect(wider.differences[0]?.calls).toHaveLength(1);
    expect(library.diff(filter, [program, program])).toEqual({ wider: false, differences: [] });
    expect(library.diff(filterOf('write\nread'), [program]).wider).toBe(false);
    expect(() => library.diff([], program)).toThrow('is empty');
  });

  test('a program of another tool becomes rules', () => {
    const { rules, filter: read } = library.importFilter('bpf', library.encodeProgram(program), x86);
    expect(rules?.rules.length).toBeGreaterThan(0);
    expect(read && library.diff(program, read).wider).toBe(false);
    expect(library.importFilter('bpf', new Uint8Array(7), x86)).toMatchObject({
      filter: undefined,
      rules: undefined,
      diagnostics: [{ severity: 'error' }],
    });
    expect(() => library.importFilter('oci', '{}', { ...x86, kernel: 'new' })).toThrow(
      "'new' is not a kernel release",
    );
  });
});
