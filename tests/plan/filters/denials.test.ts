import { describe, expect, test } from 'vitest';
import { denialProblems, denialsOf } from '../../../src/plan/filters/denials.ts';
import { withExec } from '../../../src/plan/filters/gate-filter.ts';
import type { ExecGuard } from '../../../src/plan/launch-mode.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { resolveFilter } from '../../../src/seccomp/index.ts';

const ONE_FILTER: ExecGuard = { kind: 'page-zero', callsFromPageZero: true };
const TWO_FILTERS: ExecGuard = { kind: 'none', callsFromPageZero: false };
const EXEC_ASKS: ExecGuard = { kind: 'notification' };

function input(lines: readonly string[], guard: ExecGuard, uid = 4711): Parameters<typeof denialsOf>[0] {
  const text = ['portcullis: 1', 'service: x', 'listen: tcp://[::]:7', 'run: [/x]', ...lines].join('\n');
  const { policy, diagnostics } = parsePolicy(text, 'p.yaml');
  if (policy === undefined) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  const { filter } = resolveFilter(policy.seccomp, 'x86_64');
  return { policy, filter: withExec(filter, policy, guard.kind), guard, uid };
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
