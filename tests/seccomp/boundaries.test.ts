import { describe, expect, test } from 'vitest';
import { ARCHITECTURES } from '../../src/kernel/architecture.ts';
import { isSystemCall } from '../../src/kernel/system-calls.ts';
import { BOUNDARIES, OWN_GROUP_NAMES, ownGroup, parseRule, resolveFilter } from '../../src/seccomp/index.ts';
import { policyOf } from './support/policy.ts';

/** The calls through which rules open boundaries. */
function opened(
  rules: readonly string[],
  architecture: (typeof ARCHITECTURES)[number] = 'x86_64',
): readonly string[] {
  return resolveFilter(policyOf(rules), architecture)
    .diagnostics.filter(({ code }) => code === 'boundary-opened')
    .flatMap(({ message }) => message.replace(/:.*/, '').split(', '));
}

/** All that leave every boundary closed. */
const CLOSED = OWN_GROUP_NAMES.filter((name) => name !== '@jit');

describe.each(ARCHITECTURES)('on %s', (architecture) => {
  test.each(CLOSED)('%s resolves without a remark and opens nothing', (group) => {
    expect(resolveFilter(policyOf([group]), architecture).diagnostics).toEqual([]);
  });

  test('all groups of our own together open nothing', () => {
    expect(opened(CLOSED, architecture)).toEqual([]);
  });

  test('@jit opens writable code, and says so', () => {
    const { diagnostics } = resolveFilter(policyOf(['@jit']), architecture);
    expect(diagnostics).toMatchObject([{ code: 'boundary-opened', severity: 'warning' }]);
    expect(diagnostics[0]?.message).toContain('writable code');
    expect(opened(['@jit'], architecture)).toEqual(['mmap', 'mprotect', 'pkey_mprotect']);
  });

  test('@system-service opens nearly all of them', () => {
    const { diagnostics } = resolveFilter(policyOf(['@system-service']), architecture);
    const names = BOUNDARIES.filter(({ name }) =>
      diagnostics.some(({ message }) => message.includes(`opens ${name};`)),
    );
    expect(BOUNDARIES.length - names.length).toBeLessThanOrEqual(1);
    expect(diagnostics.every(({ span, severity }) => span?.line === 1 && severity === 'warning')).toBe(true);
  });

  test.each(BOUNDARIES.flatMap(({ calls }) => calls).map((entry) => [entry.call, entry.safe] as const))(
    '%s is noticed without its condition, and its safe form is not',
    (call, safe) => {
      const { diagnostics } = resolveFilter(policyOf([call]), architecture);
      const elsewhere = diagnostics.some(({ code }) => code === 'call-elsewhere');
      expect(elsewhere || opened([call], architecture).includes(call)).toBe(true);
      const shared = BOUNDARIES.filter(({ calls }) => calls.some((entry) => entry.call === call)).length;
      if (shared === 1) expect(opened(safe, architecture)).toEqual([]);
    },
  );
});

test('every rule of a group names a call that Linux has', () => {
  for (const group of OWN_GROUP_NAMES) {
    for (const rule of ownGroup(group) ?? []) {
      const parsed = parseRule(rule);
      expect(parsed.ok && isSystemCall(parsed.value.target.name), rule).toBe(true);
    }
  }
});

test.each<[string, readonly string[], boolean]>([
  ['a weaker condition', ['kill(sig == SIGTERM)'], true],
  ['a stronger condition', ['kill(pid == 0 && sig == SIGTERM)'], false],
  ['another spelling', ['kill(pid in {0..0})'], false],
  ['an action that stops the call', ['kill -> errno(EPERM)'], false],
  ['a stop in front of everything unsafe', ['kill', 'kill(pid != 0) -> errno(EPERM)'], false],
  ['a stop that leaves a gap', ['kill', 'kill(pid != 0 && pid != 7) -> errno(EPERM)'], true],
  ['an observer who can let it happen', ['kill -> user_notif'], true],
  ['bits that are safe only one by one', ['mmap(prot & ~(PROT_READ|PROT_WRITE|PROT_EXEC) == 0)'], true],
  ['bits that a mask leaves free', ['mmap(prot & ~(PROT_WRITE|PROT_EXEC) == PROT_SEM)'], true],
  ['a free bit that is safe', ['mmap(prot & ~PROT_WRITE == PROT_READ)'], false],
  ['either bit but never both', ['mmap(prot in {1, 2, 3, 4, 5})'], false],
  ['both bits among single values', ['mmap(prot in {1, 7})'], true],
  ['a listed socket option', ['setsockopt(level == SOL_SOCKET, optname == SO_KEEPALIVE)'], false],
  ['the same number at another level', ['setsockopt(level == IPPROTO_TCP, optname == 31)'], true],
  ['a network ioctl in a range', ['ioctl(cmd in {0x8911..0x8913})'], true],
  ['threads', ['clone(clone_flags & CLONE_NEWUSER == 0)'], true],
])('%s', (_, rules, opens) => {
  expect(opened(rules).length > 0).toBe(opens);
});

test('a default that lets calls through is one warning, at its place', () => {
  const span = { file: 'log.yaml', line: 6, column: 12, length: 3 };
  const { diagnostics } = resolveFilter(policyOf([], { default: { text: 'log', span } }), 'x86_64');
  expect(diagnostics).toMatchObject([{ code: 'boundary-opened', severity: 'warning', span }]);
});
