import { describe, expect, test } from 'vitest';
import type { Architecture } from '../../../src/kernel/architecture.ts';
import { AUDIT_ARCH } from '../../../src/kernel/architecture.ts';
import { syscallNumber } from '../../../src/kernel/system-calls.ts';
import type { RuleText, SeccompPolicy } from '../../../src/policy/seccomp-policy.ts';
import {
  actionText,
  compileFilter,
  decodeAction,
  resolveFilter,
  simulate,
} from '../../../src/seccomp/index.ts';
import { filterOf, policyOf } from '../support/policy.ts';

/** What a policy answers to a call, as an action's text. */
function answer(
  rules: readonly string[],
  call: string | number,
  args: readonly bigint[] = [],
  parts: Partial<SeccompPolicy> = {},
  architecture: Architecture = 'x86_64',
): string {
  const program = compileFilter(filterOf(rules, parts, architecture));
  const nr = typeof call === 'number' ? call : (syscallNumber(call, architecture) ?? -1);
  return actionText(decodeAction(simulate(program, { arch: AUDIT_ARCH[architecture], nr, args })));
}

function warnings(
  rules: readonly string[],
  architecture: Architecture = 'x86_64',
): readonly [number | undefined, string][] {
  const { diagnostics } = resolveFilter(policyOf(rules), architecture);
  return diagnostics.map(({ span, code }) => [span?.line, code]);
}

function texts(...rules: readonly string[]): readonly RuleText[] {
  return rules.map((text) => ({ text, span: undefined }));
}

const KERNEL_SPAN = { file: 'p.yaml', line: 9, column: 11, length: 5 };

function ofKernel(text: string): Partial<SeccompPolicy> {
  return { kernel: { text, span: KERNEL_SPAN } };
}

const HIGH = 0xffff_ffff_0000_0000n;

describe('conditions', () => {
  test.each<[string, string, readonly bigint[], boolean]>([
    ['write(fd == 1)', 'write', [1n], true],
    ['write(fd == 1)', 'write', [HIGH | 1n], true],
    ['write(fd == -1)', 'write', [0xffff_ffffn], true],
    ['write(count == 1)', 'write', [0n, 0n, HIGH | 1n], false],
    ['write(count == -1)', 'write', [0n, 0n, 0xffff_ffff_ffff_ffffn], true],
    ['write(count > 0xffffffff)', 'write', [0n, 0n, 0x1_0000_0000n], true],
    ['write(fd in {0, 2..4})', 'write', [3n], true],
    ['write(fd in {0, 2..4})', 'write', [1n], false],
    ['write(fd not in {0, 2..4})', 'write', [1n], true],
    ['write(fd & 0x3 in {1, 2})', 'write', [6n], true],
    ['write(fd == 1 && count < 8 || fd == 2)', 'write', [2n, 0n, 9n], true],
    ['write(fd == 1 || fd == 2, count < 8)', 'write', [2n, 0n, 9n], false],
    ['write(!(fd == 1 || fd == 2))', 'write', [3n], true],
    ['write(!fd == 1)', 'write', [1n], false],
    ['write(arg0 == 1)', 'write', [1n], true],
    ['write(fd:64 == 1)', 'write', [HIGH | 1n], false],
    ['write(fd:64 == -1)', 'write', [0xffff_ffff_ffff_ffffn], true],
    ['write(arg0:64 & 0x3 == 1)', 'write', [HIGH | 1n], true],
    ['write(count:32 == 1)', 'write', [0n, 0n, HIGH | 1n], true],
    ['chmod(mode:32 == 0644)', 'chmod', [0n, 0x1_01a4n], false],
    ['write(arg5:64 == 1)', 'write', [0n, 0n, 0n, 0n, 0n, 1n], true],
    ['openat(flags & (O_ACCMODE|O_CREAT) == O_RDONLY)', 'openat', [0n, 0n, 0o100n], false],
    ['openat(flags & O_ACCMODE|O_CREAT == 0)', 'openat', [0n, 0n, 0o100n], false],
    ['openat(flags & ~O_CLOEXEC == 0)', 'openat', [0n, 0n, 0o2000000n], true],
    ['openat(dfd == AT_FDCWD)', 'openat', [0xffff_ff9cn], true],
    ['chmod(mode == 0644)', 'chmod', [0n, 0x1_01a4n], true],
    ['chmod(mode & ~0777 == 0)', 'chmod', [0n, 0x1_0000n], true],
    ['sendto(addr == NULL)', 'sendto', [0n, 0n, 0n, 0n, 1n << 32n], false],
    ['prlimit64(pid == 0 && new_rlim == NULL)', 'prlimit64', [0n, 7n, 0n, 5n], true],
    ['prctl(arg2 == 5)', 'prctl', [0n, 5n], true],
    ['delete_module(arg1 == 1)', 'delete_module', [0n, HIGH | 1n], false],
    ['write(fd in {})', 'write', [0n], false],
  ])('%s: %s [%s] is matched: %s', (rule, call, args, matches) => {
    expect(answer([rule], call, args)).toBe(matches ? 'allow' : 'kill_process');
  });

  test('the order of arguments is the architecture`s', () => {
    expect(answer(['clone(tls == 5)'], 'clone', [0n, 0n, 0n, 0n, 5n])).toBe('allow');
    expect(answer(['clone(tls == 5)'], 'clone', [0n, 0n, 0n, 5n], {}, 'aarch64')).toBe('allow');
  });
});

describe('rules of one call', () => {
  test('the most restrictive that matches counts, and an action equal to the default is kept', () => {
    const rules = [
      'write',
      'write(fd == 2) -> errno(EBADF)',
      'write(fd in {2, 3}) -> log',
      'write(fd == 4) -> kill_process',
    ];
    const answers = [1n, 2n, 3n, 4n].map((fd) => answer(rules, 'write', [fd]));
    expect(answers).toEqual(['allow', 'errno(EBADF)', 'log', 'kill_process']);
  });

  test('of two equally restrictive the first gives the data', () => {
    expect(answer(['write -> errno(EPERM)', 'write -> errno(EBADF)'], 'write')).toBe('errno(EPERM)');
  });

  test.each([
    'kill_process',
    'kill_thread',
    'trap',
    'trap(7)',
    'errno(EPERM)',
    'errno(0)',
    'trace(9)',
    'log',
    'user_notif',
    'allow',
  ])('the action %s', (action) => {
    expect(answer([`getpid -> ${action}`], 'getpid')).toBe(action);
    expect(answer([], 'getpid', [], { default: { text: action, span: undefined } })).toBe(action);
  });

  test('a bare number is the call that has it', () => {
    expect(answer(['syscall_1'], 'write')).toBe('allow');
    expect(answer(['syscall_600(arg3 == 4)'], 600, [0n, 0n, 0n, 4n])).toBe('allow');
    expect(answer(['syscall_600(arg3 == 4)'], 600)).toBe('kill_process');
  });
});

describe('groups', () => {
  test('a policy defines its own, which name others', () => {
    const groups = new Map([
      ['@base', texts('@basic-io', '@more')],
      ['@more', texts('getpid -> errno(EPERM)', 'getuid')],
    ]);
    expect(answer(['@base'], 'read', [], { groups })).toBe('allow');
    expect(answer(['@base -> log'], 'getpid', [], { groups })).toBe('errno(EPERM)');
    expect(answer(['@base -> log'], 'getuid', [], { groups })).toBe('log');
  });

  test('a group that is denied is denied without its conditions', () => {
    const allow = { default: { text: 'allow', span: undefined } };
    expect(answer(['@socket -> errno(EPERM)'], 'sendto', [0n, 0n, 0n, 0n, 1n], allow)).toBe('errno(EPERM)');
  });

  test('cycles, new meanings of known names and mistakes in unused groups are errors', () => {
    const groups = new Map([
      ['@a', texts('@b')],
      ['@b', texts('@a')],
      ['@start', texts('read')],
      ['@unused', texts('raed')],
    ]);
    const { diagnostics } = resolveFilter(policyOf(['@a'], { groups }), 'x86_64');
    expect(new Set(diagnostics.map(({ code }) => code))).toEqual(
      new Set(['group-cycle', 'group-redefined', 'unknown-call']),
    );
  });
});

describe('calls that a filter cannot judge', () => {
  test.each(['clone3', 'io_uring_setup', 'io_uring_enter', 'io_uring_register'])(
    '%s answers ENOSYS unless it is named',
    (call) => {
      expect(answer([], call)).toBe('errno(ENOSYS)');
      expect(answer(['@system-service'], call)).toBe('errno(ENOSYS)');
      expect(answer([call], call)).toBe('allow');
      expect(answer([`${call} -> kill_process`], call)).toBe('kill_process');
    },
  );
});

describe('the kernel of a policy', () => {
  test('younger calls answer ENOSYS, others the default', () => {
    const parts = ofKernel('5.4');
    expect(answer([], 'pidfd_open', [], parts)).toBe('kill_process');
    expect(answer([], 'openat2', [], parts)).toBe('errno(ENOSYS)');
    expect(answer(['openat2'], 'openat2', [], parts)).toBe('allow');
    expect(answer(['openat2(dfd == 1)'], 'openat2', [], parts)).toBe('kill_process');
    expect(answer([], 'statx', [], ofKernel('4.14'))).toBe('kill_process');
    expect(answer([], 'rseq', [], ofKernel('4.14'))).toBe('errno(ENOSYS)');
  });

  test('numbers that no kernel has yet answer ENOSYS, with or without it', () => {
    expect(answer([], 5000)).toBe('errno(ENOSYS)');
    expect(answer([], 5000, [], ofKernel('6.1'))).toBe('errno(ENOSYS)');
    expect(answer([], 0xffffffff)).toBe('kill_process');
  });

  test.each([
    ['4.13', 'kernel-too-old'],
    ['6', 'kernel-release'],
    ['6.1.2', 'kernel-release'],
  ])('%s is refused', (kernel, code) => {
    expect(resolveFilter(policyOf([], ofKernel(kernel)), 'x86_64').diagnostics).toMatchObject([
      { code, severity: 'error', span: KERNEL_SPAN },
    ]);
  });
});

describe('warnings', () => {
  test('a call of another architecture', () => {
    expect(warnings(['open', 'read', 'socketcall'], 'aarch64')).toEqual([
      [1, 'call-elsewhere'],
      [3, 'call-elsewhere'],
    ]);
    expect(warnings(['@read-files'], 'aarch64')).toEqual([]);
  });

  test('rules that add nothing', () => {
    expect(warnings(['write(fd == 1)', 'write'])).toEqual([[1, 'rule-redundant']]);
    expect(warnings(['write(fd == 1)', 'write -> log'])).toEqual([]);
    expect(warnings(['write(fd == 1)', 'write(fd == 0x1)'])).toEqual([[2, 'rule-duplicate']]);
    expect(warnings(['write(fd in {})'])).toEqual([[1, 'rule-never-matches']]);
    expect(warnings(['openat(flags & O_CREAT == 1)'])).toEqual([[1, 'rule-never-matches']]);
    expect(warnings(['@start', '@stdio'])).toEqual([]);
  });

  test('a weight of no call', () => {
    const span = { file: 'p.yaml', line: 9, column: 5, length: 5 };
    const weights = new Map([
      ['raed', { count: 3, span }],
      ['syscall_1', { count: 2, span }],
      ['open_by_handle_at', { count: 0, span }],
    ]);
    const { filter, diagnostics } = resolveFilter({ ...policyOf(['read']), weights }, 'x86_64');
    expect(diagnostics).toMatchObject([
      { code: 'unknown-call', severity: 'error', span, help: "did you mean 'read'?" },
    ]);
    expect(filter.weights?.get('write')).toBe(2);
  });

  test('a filter that the kernel would not take', () => {
    const values = Array.from({ length: 200 }, (_, index) => `${index * (2 ** 33 + 1000)}`);
    const rules = Array.from(
      { length: 20 },
      (_, index) =>
        `syscall_${600 + index}(arg0 in {${values.map((value) => `${Number(value) + index * 2}`).join(',')}})`,
    );
    const span = { file: 'p.yaml', line: 7, column: 3, length: 5 };
    const { diagnostics } = resolveFilter({ ...policyOf(rules), span }, 'x86_64');
    expect(diagnostics).toMatchObject([{ code: 'filter-too-large', severity: 'error', span }]);
  });
});
