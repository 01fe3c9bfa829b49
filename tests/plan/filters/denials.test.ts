import { describe, expect, test } from 'vitest';
import {
  type AuditAccess,
  auditAccess,
  denialProblems,
  denialsOf,
} from '../../../src/plan/filters/denials.ts';
import { withExec } from '../../../src/plan/filters/gate-filter.ts';
import type { ExecGuard } from '../../../src/plan/launch-mode.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { resolveFilter } from '../../../src/seccomp/index.ts';

const ONE_FILTER: ExecGuard = { kind: 'page-zero', callsFromPageZero: true };
const TWO_FILTERS: ExecGuard = { kind: 'none', callsFromPageZero: false };
const EXEC_ASKS: ExecGuard = { kind: 'notification' };
const CLOSED: AuditAccess = { kind: 'closed', reason: 'of a test' };

function input(
  lines: readonly string[],
  guard: ExecGuard,
  uid = 4711,
  audit: AuditAccess = CLOSED,
): Parameters<typeof denialsOf>[0] {
  const text = ['portcullis: 1', 'service: x', 'listen: tcp://[::]:7', 'run: [/x]', ...lines].join('\n');
  const { policy, diagnostics } = parsePolicy(text, 'p.yaml');
  if (policy === undefined) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  const { filter } = resolveFilter(policy.seccomp, 'x86_64');
  return { policy, filter: withExec(filter, policy, guard.kind), guard, uid, audit };
}

describe('denied calls', () => {
  test.each([ONE_FILTER, TWO_FILTERS, EXEC_ASKS])('are the gate`s by default (%o)', (guard) => {
    expect(denialsOf(input([], guard))).toEqual({ by: 'gate', namesPrograms: true });
  });

  test.each<readonly [lines: readonly string[], by: string, guards: readonly ExecGuard[]]>([
    [['seccomp: { report: none }'], 'kernel', [ONE_FILTER, TWO_FILTERS, EXEC_ASKS]],
    [['capabilities: [setuid]'], 'kernel', [ONE_FILTER, TWO_FILTERS, EXEC_ASKS]],
    [['capabilities: [setgid]'], 'gate', [ONE_FILTER, TWO_FILTERS, EXEC_ASKS]],
    [['user: 0', 'reason: x'], 'kernel', [ONE_FILTER, TWO_FILTERS, EXEC_ASKS]],
    // Of two filters the second has what the policy asks for, and the listener is the first one's.
    [['seccomp: { rules: [read -> user_notif] }'], 'kernel', [ONE_FILTER]],
    [['seccomp: { rules: [read -> user_notif] }'], 'gate', [TWO_FILTERS, EXEC_ASKS]],
    [['seccomp: { default: user_notif, rules: [read] }'], 'kernel', [ONE_FILTER]],
    // Where an exec asks, the listener is taken anyhow.
    [['seccomp: { rules: [seccomp] }'], 'kernel', [ONE_FILTER, TWO_FILTERS]],
    [['seccomp: { rules: [seccomp] }'], 'gate', [EXEC_ASKS]],
    [['seccomp: { rules: [seccomp], report: gate }'], 'gate', [ONE_FILTER, TWO_FILTERS, EXEC_ASKS]],
    [['seccomp: { default: allow, rules: [] }'], 'kernel', [ONE_FILTER]],
    [['seccomp: { rules: ["seccomp(flags == SECCOMP_FILTER_FLAG_TSYNC)"] }'], 'gate', [ONE_FILTER]],
    [
      [
        'seccomp: { rules: ["seccomp(flags == SECCOMP_FILTER_FLAG_TSYNC|SECCOMP_FILTER_FLAG_NEW_LISTENER)"] }',
      ],
      'kernel',
      [ONE_FILTER],
    ],
  ])('%j: %s', (lines, by, guards) => {
    for (const guard of guards) expect(denialsOf(input(lines, guard)).by, guard.kind).toBe(by);
  });

  test('are told by the kernel`s audit, where the gate cannot be asked and it is open', () => {
    const open: AuditAccess = { kind: 'open' };
    const root = ['user: 0', 'reason: x'];
    expect(denialsOf(input(root, ONE_FILTER, 0, open))).toEqual({ by: 'audit', namesPrograms: true });
    expect(denialsOf(input(root, ONE_FILTER, 0, { kind: 'uncertain' }))).toEqual({ by: 'kernel' });
    expect(denialsOf(input(['seccomp: { rules: [seccomp] }'], ONE_FILTER, 4711, open)).by).toBe('audit');
    expect(denialsOf(input(['seccomp: { report: none }'], ONE_FILTER, 4711, open)).by).toBe('kernel');
    expect(denialsOf(input([], ONE_FILTER, 4711, open)).by).toBe('gate');
  });

  test('are told by the kernel`s audit, where the policy says so', () => {
    const lines = ['seccomp: { report: kernel }'];
    for (const kind of ['open', 'uncertain'] as const) {
      const asked = input(lines, ONE_FILTER, 4711, { kind });
      expect(denialsOf(asked).by).toBe('audit');
      expect(denialProblems(asked)).toEqual([]);
    }
    const message = "the kernel's audit cannot report denied calls: of a test";
    expect(denialProblems(input(lines, ONE_FILTER))).toMatchObject([{ message, span: { line: 5 } }]);
  });

  test('the audit is open to root of the host alone', () => {
    const root = (1n << 41n) - 1n;
    expect(auditAccess({ permitted: root, audit: true }, false)).toEqual({ kind: 'open' });
    expect(auditAccess({ permitted: root, audit: false }, false)).toEqual({ kind: 'uncertain' });
    expect(auditAccess({ permitted: root, audit: true }, true)).toMatchObject({ kind: 'closed' });
    expect(auditAccess({ permitted: root & ~(1n << 37n), audit: true }, false)).toMatchObject({
      kind: 'closed',
    });
  });

  test('of a user whom the host knows as root by another name are the kernel`s', () => {
    expect(denialsOf(input(['user: toor'], ONE_FILTER, 0))).toEqual({ by: 'kernel' });
    const asked = input(['user: toor', 'seccomp: { report: gate }'], ONE_FILTER, 0);
    expect(denialProblems(asked)).toMatchObject([{ code: 'report-impossible', span: { line: 6 } }]);
    expect(denialProblems(input(['seccomp: { report: gate }'], ONE_FILTER))).toEqual([]);
  });

  test.each([
    [[], true],
    [['root: /srv/x'], false],
    [['seccomp: { rules: [read] }'], false],
    [['seccomp: { rules: ["openat(flags == O_RDONLY)"] }'], false],
    [['seccomp: { rules: ["openat(flags & O_ACCMODE == O_RDONLY)"] }'], true],
    [['seccomp: { rules: ["openat(dfd == AT_FDCWD && filename < 0x10000000)"] }'], false],
  ])('%j: the gate may read the name of a program: %s', (lines, namesPrograms) => {
    expect(denialsOf(input(lines, ONE_FILTER))).toEqual({ by: 'gate', namesPrograms });
  });
});
