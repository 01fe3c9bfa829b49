import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { exportOci } from '../../../../src/seccomp/convert/oci/export.ts';
import { exportSpo } from '../../../../src/seccomp/convert/spo/export.ts';
import type { Filter } from '../../../../src/seccomp/index.ts';
import { filterOf } from '../../support/policy.ts';

const RULES = [
  'read',
  'write(fd in {1, 2})',
  'openat(flags & O_ACCMODE == O_RDONLY)',
  'lseek(offset <= 9007199254740993)',
  'kill(pid:64 != 0xffffffffffffffff, sig == SIGTERM) -> errno(ESRCH)',
  'mmap(prot & PROT_WRITE == 0 || prot & PROT_EXEC == 0)',
  'dup3 -> trace(7)',
  'personality -> log',
];

function withDefault(
  text: string,
  rules: readonly string[] = RULES,
  name = 'some service',
): [Filter, { name: string }] {
  return [filterOf(rules, { default: { text, span: undefined } }), { name }];
}

/** Codes and messages in a row. */
function said({ diagnostics }: ReturnType<typeof exportOci>): readonly string[] {
  return diagnostics.map(({ severity, code, message }) => `${severity} ${code}: ${message}`);
}

describe('a profile', () => {
  test('for containers has entries that never overlap, and every digit of a number', () => {
    const exported = exportOci(...withDefault('errno(EACCES)'));
    expect(said(exported)).toEqual([]);
    expect(exported.content).toMatchSnapshot();
  });

  test('for Kubernetes has no numbers of errnos, and says so', () => {
    const exported = exportSpo(...withDefault('errno(EACCES)', RULES.slice(0, 4)));
    expect(said(exported)).toMatchSnapshot();
    expect(exported.content).toMatchSnapshot();
    const object = parse(String(exported.content)) as {
      metadata: { name: string };
      spec: { defaultAction: string };
    };
    expect(object.metadata.name).toBe('some-service');
    expect(object.spec.defaultAction).toBe('SCMP_ACT_ERRNO');
  });

  test.each([
    ['Echo', 'echo'],
    ['--', 'filter'],
    ['1234', 'filter-1234'],
    ['a'.repeat(80), 'a'.repeat(63)],
    ['x: !!y', 'x-y'],
  ])('of the name %j is an object of Kubernetes', (name, object) => {
    const { content } = exportSpo(...withDefault('kill_process', ['read'], name));
    expect(parse(String(content))).toMatchObject({ metadata: { name: object } });
  });

  test('says what it cannot hold', () => {
    expect(said(exportOci(...withDefault('allow', ['syscall_400 -> errno(EPERM)'])))).toMatchSnapshot();
    expect(
      said(exportOci(...withDefault('errno(4095)', ['syscall_400', 'read -> trap(3)']))),
    ).toMatchSnapshot();
    expect(said(exportOci(...withDefault('user_notif', ['read -> user_notif', 'write'])))).toMatchSnapshot();
    expect(said(exportOci(...withDefault('errno(EPERM)', ['read -> user_notif'])))).toMatchSnapshot();
    expect(said(exportSpo(...withDefault('errno(EPERM)', ['lseek(offset == -1)'])))).toMatchSnapshot();
    const part: Filter = { ...withDefault('allow')[0], scope: new Set(['read']) };
    expect(said(exportOci(part, { name: 'part' }))).toMatchSnapshot();
  });

  test('says which denials a runtime with an older libseccomp passes over', () => {
    const young = ['mseal -> errno(EPERM)', 'statmount(flags == 1) -> kill_process', 'read -> errno(EPERM)'];
    for (const exported of [exportOci, exportSpo]) {
      const codes = (text: string): readonly string[] =>
        said(exported(...withDefault(text, young))).filter((line) => line.includes('export-young'));
      expect(codes('allow')).toEqual([
        expect.stringMatching(/: (mseal, statmount|statmount, mseal): a runtime/),
      ]);
      expect(codes('errno(EACCES)')).toEqual([]);
    }
  });

  test('is refused when it would be longer than anybody reads', () => {
    const rule = 'fallocate(fd > 5 && mode > 77 && offset > 12345 && len < 54321)';
    expect(
      said(exportOci(...withDefault('allow', [`${rule} -> errno(EPERM)`, 'fallocate(fd == 1) -> log']))),
    ).toMatchSnapshot();
  });
});
