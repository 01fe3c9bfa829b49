import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { importedFilter } from '../../../../src/seccomp/convert/import-seccomp.ts';
import { exportOci } from '../../../../src/seccomp/convert/oci/export.ts';
import { importOci } from '../../../../src/seccomp/convert/oci/import.ts';
import type { Filter } from '../../../../src/seccomp/index.ts';
import { filterOf } from '../../support/policy.ts';
import { action, condition } from '../../support/random-filter.ts';
import { Libseccomp } from '../support/libseccomp.ts';
import { NamedCalls } from '../support/same-answers.ts';

const libseccomp = new Libseccomp();
afterAll(() => libseccomp[Symbol.dispose]());

/** Numbers only: the first six registers of each can be tested. */
const CALLS = ['fallocate', 'lseek', 'kill', 'fadvise64', 'syncfs'];

/** What this version takes for the end of the table. */
const FIRST_UNKNOWN = filterOf([]).firstUnknown;

/** Profiles carry no number with a trap, and libseccomp knows one errno less than the kernel. */
const answer = action.map((one) => {
  if (one.kind === 'errno') return { ...one, errno: Math.min(one.errno, 4094) };
  return one.kind === 'trap' ? { ...one, data: 0 } : one;
});

const filter: fc.Arbitrary<Filter> = fc
  .record({
    default: answer.filter(({ kind }) => kind !== 'user_notif'),
    rules: fc.array(
      fc.record({
        call: fc.constantFrom(...CALLS),
        condition,
        action: answer,
        source: fc.constant(undefined),
      }),
      { maxLength: 5 },
    ),
    unsupported: fc.uniqueArray(fc.constantFrom(317, 332, 435), { maxLength: 3 }),
  })
  .map((parts) => ({
    architecture: 'x86_64',
    ...parts,
    firstUnknown: FIRST_UNKNOWN,
    overrides: [],
    scope: undefined,
  }));

const OPTIONS = {
  file: 'profile.json',
  architecture: 'x86_64',
  capabilities: new Set<string>(),
  kernel: undefined,
} as const;

/** Few numbers of one register, as systemd's restrictions have them, or a large one. */
const numbers = fc.oneof(
  fc.uniqueArray(fc.bigInt({ min: 0n, max: 40n }), { minLength: 1, maxLength: 9 }),
  fc
    .tuple(fc.constantFrom(1n << 32n, 1n << 64n), fc.bigInt({ min: -3n, max: 3n }))
    .map(([corner, step]) => [BigInt.asUintN(64, corner + step), 1n]),
);

test('a filter about all numbers but a few, or below and above some, has a profile', () => {
  let most = 0;
  fc.assert(
    fc.property(
      numbers,
      fc.constantFrom('allow', 'errno(EPERM)'),
      fc.constantFrom(32, 64),
      (values, text, width) => {
        const answer = text === 'allow' ? 'errno(ENOSYS)' : 'allow';
        const fitting = [...new Set(values.map((value) => BigInt.asUintN(width, value)))];
        const rules = [
          `fallocate(fd:${width} not in {${fitting.join(', ')}}) -> ${answer}`,
          `lseek(fd:${width} in {${fitting.join(', ')}}) -> ${answer}`,
        ];
        const given = {
          ...filterOf(rules, { default: { text, span: undefined } }),
          firstUnknown: FIRST_UNKNOWN,
        };
        const { content, diagnostics } = exportOci(given, { name: 'numbers' });
        expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
        const calls = new NamedCalls(given);
        const wanted = calls.ofFilter(given);
        expect(
          calls.difference(wanted, calls.ofProgram(libseccomp.compile(String(content)))),
        ).toBeUndefined();
        const imported = importOci(String(content), OPTIONS).filter;
        if (imported === undefined) throw new Error('no filter');
        expect(
          calls.difference(wanted, calls.ofFilter(importedFilter(imported, 'x86_64').filter)),
        ).toBeUndefined();
        most = Math.max(most, String(content).split('"names"').length);
      },
    ),
    { numRuns: 60, seed: 20_261_124 },
  );
  expect(most).toBeGreaterThan(40);
});

test('a filter that is exported, compiled by libseccomp or imported again answers as it did', () => {
  let exported = 0;
  fc.assert(
    fc.property(filter, (given) => {
      const { content, diagnostics } = exportOci(given, { name: 'random' });
      if (typeof content !== 'string') {
        expect(diagnostics.map(({ code }) => code)).toContain('condition-too-large');
        return;
      }
      exported += 1;
      const calls = new NamedCalls(given);
      const wanted = calls.ofFilter(given);
      expect(calls.difference(wanted, calls.ofProgram(libseccomp.compile(content)))).toBeUndefined();
      const { filter: imported, diagnostics: refused } = importOci(content, OPTIONS);
      if (imported === undefined) {
        expect(refused.map(({ code }) => code)).toContain('filter-too-large');
        return;
      }
      const again = calls.ofFilter(importedFilter(imported, 'x86_64').filter);
      expect(calls.difference(wanted, again)).toBeUndefined();
    }),
    { numRuns: 150, seed: 20_261_124 },
  );
  expect(exported).toBeGreaterThan(100);
});

/** An entry whose tests readers agree about, or not. */
const entry = fc.record({
  names: fc.subarray([...CALLS, 'read', 'prctl'], { minLength: 1, maxLength: 2 }),
  action: fc.constantFrom('SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO', 'SCMP_ACT_KILL_PROCESS', 'SCMP_ACT_LOG'),
  args: fc.array(
    fc.record({
      index: fc.integer({ min: 0, max: 5 }),
      value: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 32 + 5)),
      valueTwo: fc.integer({ min: 0, max: 9 }),
      op: fc.constantFrom('SCMP_CMP_EQ', 'SCMP_CMP_MASKED_EQ'),
    }),
    { maxLength: 3 },
  ),
});

test('an import is never wider than what libseccomp makes of the profile, as runc calls it', () => {
  const profile = fc.record({
    defaultAction: fc.constantFrom('SCMP_ACT_ERRNO', 'SCMP_ACT_KILL_PROCESS', 'SCMP_ACT_ALLOW'),
    syscalls: fc.array(entry, { maxLength: 6 }),
  });
  fc.assert(
    fc.property(profile, (given) => {
      const { filter: imported } = importOci(JSON.stringify(given), OPTIONS);
      if (imported === undefined) throw new Error('the import has errors');
      const ours = importedFilter(imported, 'x86_64').filter;
      const calls = new NamedCalls(ours);
      const program = libseccomp.compile(JSON.stringify(asRunc(given)));
      expect(calls.wider(calls.ofProgram(program), calls.ofFilter(ours))).toBeUndefined();
    }),
    { numRuns: 150, seed: 20_261_124 },
  );
});

type Entry = typeof entry extends fc.Arbitrary<infer One> ? One : never;

/** With two tests of one argument, each test is a rule of its own. */
function asRunc<Profile extends { readonly syscalls: readonly Entry[] }>(given: Profile): Profile {
  const syscalls = given.syscalls.flatMap((one) => {
    const twice = new Set(one.args.map(({ index }) => index)).size < one.args.length;
    return twice ? one.args.map((arg) => ({ ...one, args: [arg] })) : [one];
  });
  return { ...given, syscalls };
}

test('two orders on one argument, which libseccomp gets wrong, are exported as tests of bits, which it gets right', () => {
  const orders = ['5', '4294967296'].map(
    (value) =>
      `{ "names": ["lseek"], "action": "SCMP_ACT_ALLOW", "args": [{ "index": 1, "value": ${value}, "op": "SCMP_CMP_LT" }] }`,
  );
  const profile = `{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [${orders.join()}] }`;
  const resolved = filterOf(['lseek(offset < 5)', 'lseek(offset < 4294967296)'], {
    default: { text: 'errno(EPERM)', span: undefined },
  });
  const given = { ...resolved, rules: resolved.rules.filter(({ call }) => call === 'lseek') };
  const calls = new NamedCalls(given);
  const wanted = calls.ofFilter(given);
  const compiled = (text: string): string | undefined =>
    calls.difference(wanted, calls.ofProgram(libseccomp.compile(text)));
  expect(compiled(profile)).toBe('lseek(fd=0x0, offset=0x5, whence=0x0): allow, then errno(EPERM)');
  expect(compiled(String(exportOci(given, { name: 'orders' }).content))).toBeUndefined();
});
