import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Imported } from '../../../src/seccomp/convert/imported.ts';
import { importSeccompiler } from '../../../src/seccomp/convert/seccompiler/import.ts';
import { answers, checkTable, said, X86_64 } from './support/answers.ts';

function read(source: unknown, section?: string): Imported {
  const text = typeof source === 'string' ? source : JSON.stringify(source);
  return importSeccompiler(text, { ...X86_64, section });
}

function filter(rules: readonly unknown[], mismatch: unknown = 'trap', match: unknown = 'allow'): unknown {
  return { main: { mismatch_action: mismatch, match_action: match, filter: rules } };
}

const ALLOW = 'allow';

const CORPUS: readonly (readonly [name: string, source: unknown, table: Readonly<Record<string, string>>])[] =
  [
    [
      'calls',
      filter([{ syscall: 'read' }, { syscall: 'write', comment: 'why' }]),
      { read: ALLOW, write: ALLOW, open: 'trap', clone3: 'trap' },
    ],
    [
      'the older names of the actions',
      { vmm: { default_action: { errno: 13 }, filter_action: 'log', filter: [{ syscall: 'read' }] } },
      { read: 'log', write: 'errno(EACCES)' },
    ],
    [
      'dwords and qwords',
      filter([
        { syscall: 'write', args: [{ index: 0, type: 'dword', op: 'eq', val: 1 }] },
        { syscall: 'lseek', args: [{ index: 1, type: 'qword', op: 'lt', val: 4_294_967_296 }] },
        { syscall: 'dup', args: [{ index: 0, type: 'dword', op: 'eq', val: 4_294_967_298 }] },
        { syscall: 'close', args: [{ index: 0, type: 'qword', op: 'ne', val: 3 }] },
      ]),
      {
        'write 1': ALLOW,
        'write 0x500000001': ALLOW,
        'write 2': 'trap',
        'lseek 0 0xffffffff': ALLOW,
        'lseek 0 0x100000000': 'trap',
        'dup 2': ALLOW,
        'close 3': 'trap',
        'close 0x100000003': ALLOW,
      },
    ],
    [
      'all operators, entries or-bound and tests and-bound',
      filter([
        { syscall: 'ioctl', args: [{ index: 1, type: 'dword', op: { masked_eq: 0xff }, val: 0x1234 }] },
        {
          syscall: 'fcntl',
          args: [
            { index: 1, type: 'dword', op: 'ge', val: 3 },
            { index: 1, type: 'dword', op: 'le', val: 5 },
          ],
        },
        { syscall: 'fcntl', args: [{ index: 1, type: 'dword', op: 'gt', val: 100 }] },
        { syscall: 'madvise', args: [{ arg_index: 2, arg_type: 'dword', op: 'eq', val: 4 }] },
      ]),
      {
        'ioctl 0 0x34': ALLOW,
        'ioctl 0 0x9934': ALLOW,
        'ioctl 0 0x35': 'trap',
        'fcntl 0 2': 'trap',
        'fcntl 0 3': ALLOW,
        'fcntl 0 5': ALLOW,
        'fcntl 0 6': 'trap',
        'fcntl 0 101': ALLOW,
        'madvise 0 0 4': ALLOW,
      },
    ],
    [
      'all 64 bits of a number',
      '{"a":{"mismatch_action":"kill_thread","match_action":"allow","filter":[{"syscall":"lseek","args":[{"index":1,"type":"qword","op":"eq","val":18446744073709551615}]}]}}',
      { 'lseek 0 -1': ALLOW, 'lseek 0 0xfffffffffffffffe': 'kill_thread' },
    ],
    [
      'a list of what is denied',
      filter(
        [{ syscall: 'ptrace' }, { syscall: 'open', args: [{ index: 1, type: 'dword', op: 'eq', val: 1 }] }],
        'allow',
        { errno: 1 },
      ),
      { ptrace: 'errno(EPERM)', 'open 0 1': 'errno(EPERM)', 'open 0 2': ALLOW, read: ALLOW },
    ],
    [
      'an entry without tests does not count beside those with tests',
      filter([
        { syscall: 'read' },
        { syscall: 'read', args: [{ index: 0, type: 'dword', op: 'eq', val: 0 }] },
      ]),
      { 'read 0': ALLOW, 'read 1': 'trap' },
    ],
    [
      'but it counts where it denies',
      filter(
        [{ syscall: 'read' }, { syscall: 'read', args: [{ index: 0, type: 'dword', op: 'eq', val: 0 }] }],
        'allow',
        { trace: 9 },
      ),
      { 'read 0': 'trace(9)', 'read 1': 'trace(9)' },
    ],
  ];

test.each(CORPUS)('%s', (_name, source, table) => {
  expect(checkTable(read(source), table)).toEqual(table);
});

test('one of several filters is asked for by its name', () => {
  const one = { mismatch_action: 'trap', match_action: 'allow', filter: [{ syscall: 'read' }] };
  const two = { ...one, filter: [{ syscall: 'write' }] };
  expect(checkTable(read({ one, two }, 'two'), { read: 'trap', write: ALLOW })).toEqual({
    read: 'trap',
    write: ALLOW,
  });
  expect(read({ one, two }).filter).toBeUndefined();
});

const TEST = { index: 0, type: 'dword', op: 'eq', val: 1 };
const PROBLEMS: readonly (readonly [unknown, string?])[] = [
  ['{'],
  [[]],
  [{}],
  [{ a: {}, b: {} }],
  [{ a: {}, b: {} }, 'c'],
  [{ a: 1 }],
  [{ a: {} }],
  [filter([{ syscall: 'raed' }])],
  [filter([{ syscall: 'raed' }], 'allow', 'trap')],
  [filter([{ syscall: 'waitpid' }])],
  [filter([{ sycall: 'read' }])],
  [filter([{ syscall: null }])],
  [filter([{ syscall: 'read', args: [] }])],
  [filter([{ syscall: 'read', args: 1 }])],
  [filter([{ syscall: 'read', args: [TEST, 1] }])],
  [filter([{ syscall: 'read', args: [{ ...TEST, index: 6 }] }])],
  [filter([{ syscall: 'read', args: [{ ...TEST, type: 'word' }] }])],
  [filter([{ syscall: 'read', args: [{ ...TEST, op: 'masked_eq' }] }])],
  [filter([{ syscall: 'read', args: [{ ...TEST, op: { masked_eq: -1 } }] }])],
  [filter([{ syscall: 'read', args: [{ ...TEST, val: 1.5 }] }])],
  [filter([{ syscall: 'read', args: [{ ...TEST, val: null }] }])],
  [filter([{ syscall: 'read', args: [{ index: 0 }] }])],
  [filter([{ syscall: 'read', args: [{ index: 1, type: 'qword', op: 'eq', val: 4096 }] }])],
  [filter([{ syscall: 'read' }], 'alow')],
  [filter([{ syscall: 'read' }], { errno: -1 })],
  [filter([{ syscall: 'read' }], { errno: 1, trace: 1 })],
  [filter([{ syscall: 'read' }], 'allow', 'allow')],
  [filter([{ syscall: 'read' }, { syscall: 'read', args: [TEST] }])],
  [{ a: { mismatch_action: 'trap', default_action: 'trap', match_action: 'allow', filter: null } }],
];

test('every problem says what was expected, where, and how to fix it', async () => {
  const lines = PROBLEMS.flatMap(([source, section]) => [
    `=== ${JSON.stringify(source)}`,
    ...said(read(source, section)),
  ]);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('golden/seccompiler.txt');
});

const EDGES = [0n, 1n, 2n, 5n, 0x7fffffffn, 0xffffffffn, 0x100000000n, 0x100000001n, 0xffffffffffffffffn];
const numbers = fc.constantFrom(...EDGES);

/** fallocate(int fd, int mode, loff_t offset, loff_t len) */
const tests = fc
  .tuple(
    fc.nat(3),
    fc.boolean(),
    fc.constantFrom('eq', 'ne', 'lt', 'le', 'gt', 'ge', 'masked_eq'),
    numbers,
    numbers,
  )
  .map(([index, wide, op, val, mask]) => ({
    text: `{"index":${index},"type":"${wide ? 'qword' : 'dword'}","op":${op === 'masked_eq' ? `{"masked_eq":${mask}}` : `"${op}"`},"val":${val}}`,
    holds: (args: readonly bigint[]): boolean => {
      const cut = (number: bigint): bigint => (wide ? number : number & 0xffffffffn);
      const [seen, value] = [cut(args[index] ?? 0n), cut(val)];
      const results: Readonly<Record<string, boolean>> = {
        eq: seen === value,
        ne: seen !== value,
        lt: seen < value,
        le: seen <= value,
        gt: seen > value,
        ge: seen >= value,
        masked_eq: (seen & mask) === (value & mask),
      };
      return results[op] ?? false;
    },
  }));

test('random filters answer as an evaluator does', () => {
  const rules = fc.array(fc.array(tests, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 });
  const actions = fc.constantFrom(
    ['allow', 'trap'],
    ['trap', 'allow'],
    ['log', 'kill_process'],
    ['kill_thread', 'log'],
  );
  const calls = fc.array(fc.array(numbers, { minLength: 4, maxLength: 4 }), { minLength: 20, maxLength: 20 });
  fc.assert(
    fc.property(rules, actions, calls, (entries, [match, mismatch], many) => {
      const list = entries.map(
        (entry) => `{"syscall":"fallocate","args":[${entry.map(({ text }) => text).join()}]}`,
      );
      const answer = answers(
        read(`{"a":{"mismatch_action":"${mismatch}","match_action":"${match}","filter":[${list.join()}]}}`),
      );
      for (const args of many) {
        const matches = entries.some((entry) => entry.every(({ holds }) => holds(args)));
        expect(answer('fallocate', args)).toBe(matches ? match : mismatch);
      }
    }),
    { numRuns: 300, seed: 1 },
  );
});

test.each(['errno', 'trace'])('an action whose %s is null is none, and said to be none', (name) => {
  const imported = read(`{"a":{"mismatch_action":{"${name}":null},"match_action":"log","filter":[]}}`);
  expect(imported.filter).toBeUndefined();
  expect(imported.diagnostics.map(({ code }) => code)).toEqual(['unknown-action']);
});
