import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFilter } from '../../../../src/cli/filters/read-filter.ts';
import { importedFilter } from '../../../../src/seccomp/convert/import-seccomp.ts';
import type { Exporter, Importer } from '../../../../src/seccomp/convert/imported.ts';
import { exportMinijail } from '../../../../src/seccomp/convert/minijail/export.ts';
import { importMinijail } from '../../../../src/seccomp/convert/minijail/import.ts';
import { exportSeccompiler } from '../../../../src/seccomp/convert/seccompiler/export.ts';
import { importSeccompiler } from '../../../../src/seccomp/convert/seccompiler/import.ts';
import { type Action, actionText, type Filter, type Rule } from '../../../../src/seccomp/index.ts';
import { filterOf } from '../../support/policy.ts';
import { condition } from '../../support/random-filter.ts';
import { X86_64 } from '../support/answers.ts';
import { NamedCalls } from '../support/same-answers.ts';

/** What the other tool's file means, by our own reader of it, which tests of its own hold to the tool's meaning. */
function again(filter: Filter, write: Exporter, read: Importer): Filter | undefined {
  const { content } = write(filter, { name: 'some-service' });
  if (content === undefined) return undefined;
  const imported = read(content, X86_64);
  const errors = imported.diagnostics.filter(({ severity }) => severity === 'error');
  expect(errors, String(content)).toEqual([]);
  return imported.filter && importedFilter(imported.filter, 'x86_64').filter;
}

/** How the filter that went out and came back answers otherwise than before. */
function compared(
  filter: Filter,
  back: Filter,
): { readonly wider: string | undefined; readonly other: string | undefined } {
  const calls = new NamedCalls(filter);
  const [one, two] = [calls.ofFilter(filter), calls.ofFilter(back)];
  return { wider: calls.wider(one, two), other: calls.difference(one, two) };
}

const POLICIES = readdirSync('policies').filter((name) => name.endsWith('.yaml'));

describe.each(POLICIES)('%s', (name) => {
  const { filter } = readFilter(`policies/${name}`, 'x86_64', 'exported');

  test('goes out to Minijail and comes back the same', () => {
    if (filter === undefined) throw new Error('the policy has errors');
    const back = again(filter, exportMinijail, importMinijail);
    expect(back && compared(filter, back)).toEqual({ wider: undefined, other: undefined });
  });

  test('goes out to seccompiler and comes back no wider', () => {
    if (filter === undefined) throw new Error('the policy has errors');
    const back = again(filter, exportSeccompiler, importSeccompiler);
    expect(back && compared(filter, back).wider).toBeUndefined();
  });
});

const ACTIONS: readonly Action[] = [
  { kind: 'allow' },
  { kind: 'errno', errno: 1 },
  { kind: 'errno', errno: 38 },
  { kind: 'log' },
  { kind: 'trap', data: 0 },
  { kind: 'trace', data: 0 },
  { kind: 'kill_thread' },
  { kind: 'kill_process' },
  { kind: 'user_notif' },
];

/** fallocate has four arguments and no pointer; two registers more are there all the same. */
function randomFilter(actions: fc.Arbitrary<Action>, most: number): fc.Arbitrary<Filter> {
  const rule = fc.record({
    call: fc.constantFrom('fallocate', 'fallocate', 'close', 'syscall_600'),
    condition,
    action: actions,
    source: fc.constant(undefined),
  });
  return fc
    .record({ rules: fc.array(rule, { minLength: 1, maxLength: most }), fallback: actions })
    .map(({ rules, fallback }): Filter => {
      const base = filterOf(['read', 'write -> errno(EPERM)'], {
        default: { text: actionText(fallback), span: undefined },
      });
      return { ...base, rules: [...base.rules, ...(rules satisfies readonly Rule[])] };
    });
}

const SAYABLE = ['kill_process', 'kill_thread', 'trap', 'user_notif'];

test('random filters go out to Minijail and come back the same where it can say the default, and never wider', () => {
  let written = 0;
  fc.assert(
    fc.property(randomFilter(fc.constantFrom(...ACTIONS), 4), (filter) => {
      const back = again(filter, exportMinijail, importMinijail);
      if (back === undefined) return;
      written += 1;
      const { wider, other } = compared(filter, back);
      expect(wider).toBeUndefined();
      const numbers = filter.rules.some(({ call }) => call === 'syscall_600');
      if (SAYABLE.includes(filter.default.kind) && !numbers) expect(other).toBeUndefined();
    }),
    { numRuns: 50, seed: 1 },
  );
  expect(written).toBeGreaterThan(20);
});

test('random filters go out to seccompiler and come back no wider, and the same where they have two answers', () => {
  let written = 0;
  const two = fc.constantFrom<Action>({ kind: 'allow' }, { kind: 'errno', errno: 38 });
  const check = (filter: Filter, isSame: boolean): void => {
    const back = again(filter, exportSeccompiler, importSeccompiler);
    if (back === undefined) return;
    written += 1;
    const { wider, other } = compared(filter, back);
    expect(wider).toBeUndefined();
    if (isSame) expect(other).toBeUndefined();
  };
  fc.assert(
    fc.property(randomFilter(fc.constantFrom(...ACTIONS), 4), (filter) => check(filter, false)),
    { numRuns: 40, seed: 1 },
  );
  fc.assert(
    fc.property(randomFilter(two, 3), ({ rules, ...filter }) => {
      const kept = rules.filter(({ call }) => call !== 'write' && call !== 'syscall_600');
      check({ ...filter, rules: kept, default: { kind: 'errno', errno: 38 } }, true);
    }),
    { numRuns: 40, seed: 2 },
  );
  expect(written).toBeGreaterThan(20);
});

const RULES = [
  'read',
  'write(fd in {1, 2})',
  'openat(flags & O_ACCMODE == O_RDONLY)',
  'lseek(offset < 0x100000000, whence != SEEK_END)',
  'socket(family == AF_UNIX) -> errno(EACCES)',
  'mmap(prot & PROT_WRITE == 0 || prot & PROT_EXEC == 0)',
  'tkill -> trap(7)',
];

test.each([
  ['minijail', 'kill_process', exportMinijail],
  ['minijail', 'trap', exportMinijail],
  ['seccompiler', 'errno(EPERM)', exportSeccompiler],
  ['seccompiler', 'user_notif', exportSeccompiler],
  ['seccompiler', 'allow', exportSeccompiler],
] as const)('as %s, where the default is %s', async (format, fallback, write) => {
  const filter = filterOf(RULES, { default: { text: fallback, span: undefined } });
  const { content, diagnostics } = write(filter, { name: 'some-service' });
  const said = diagnostics.map(({ severity, code, message }) => `${severity} ${code}: ${message}\n`).join('');
  const text = `${said}---\n${content ?? ''}`;
  await expect(text).toMatchFileSnapshot(`../golden/export-${format}-${fallback.replace(/\W+/g, '-')}.txt`);
});
