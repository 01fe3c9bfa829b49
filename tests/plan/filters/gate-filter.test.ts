import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readHostFacts } from '../../../src/host/facts.ts';
import { type Architecture, AUDIT_ARCH } from '../../../src/kernel/architecture.ts';
import { syscallNumber } from '../../../src/kernel/system-calls.ts';
import { compilePlan } from '../../../src/plan/compile.ts';
import { gateFilters, mayTrace, withExec } from '../../../src/plan/filters/gate-filter.ts';
import type { ExecGuard } from '../../../src/plan/launch-mode.ts';
import { gateAddress, PAGE_ZERO_PATH } from '../../../src/plan/steps/page-zero.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import { bareNumber } from '../../../src/seccomp/call-number.ts';
import { type Filter, type Program, resolveFilter, simulate } from '../../../src/seccomp/index.ts';
import { type Call, evaluate, stricter } from '../../seccomp/support/oracle.ts';
import { filterOf } from '../../seccomp/support/policy.ts';
import { callsFor } from '../../seccomp/support/random-filter.ts';

const ALLOW = 0x7fff0000;
const ASK = 0x7fc00000;
const EPERM = 0x50001;
const KILL = 0x80000000;

function shipped(name: string): string {
  return readFileSync(new URL(`../../../policies/${name}.yaml`, import.meta.url), 'utf8');
}

/** Guards beside which the gate can make its calls from page 0. */
type WithPageZero = Exclude<ExecGuard['kind'], 'notification'>;

const LEAST = 'portcullis: 1\nservice: x\nlisten: tcp://[::]:7\nrun: [/x]\n';

/** Policies that meet the calls of the gate, and exec, with every kind of answer. */
const POLICIES: Readonly<Record<string, string>> = {
  echo: shipped('echo'),
  'busybox-httpd': shipped('busybox-httpd'),
  'git-daemon': shipped('git-daemon'),
  'peers of datagrams': `portcullis: 1\nservice: x\nlisten: ["udp://[::]:53", "udp4://127.0.0.1:54"]\nhandoff: peer\nrun: [/x]\nseccomp: { rules: ["@start", "recvmsg(fd == 0)", "sendto -> log", "ioctl -> errno(ENOTTY)"] }\n`,
  'errno by default': `${LEAST}seccomp: { default: errno(EACCES), rules: ["@start", "@fork", setpgid -> log] }\n`,
  'log by default': `${LEAST}seccomp: { default: log, rules: ["write(fd == 3) -> errno(EIO)", "kill -> trap(7)", read] }\n`,
  'allow by default': `${LEAST}seccomp: { default: allow, rules: ["dup3(newfd > 2) -> kill_thread", "@process -> trace(5)"] }\n`,
  'observed calls of the gate': `${LEAST}seccomp: { rules: ["@start", close -> log, "wait4(options == 0) -> user_notif", "prlimit64 -> trace", "seccomp -> errno(1)"] }\n`,
  'exec named': `${LEAST}seccomp: { rules: ["@stdio", execve -> errno(ENOENT), execveat -> log, "clone3"] }\n`,
};

function policyOf(text: string): Policy {
  const { policy, diagnostics } = parsePolicy(text, 'p.yaml');
  if (policy === undefined) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return policy;
}

/** What the gate and a session before its own filter call, with arguments as they pass them. */
const OF_THE_GATE: readonly (readonly [string, readonly bigint[]])[] = [
  ['accept4', [7n, 1n, 1n, 0x80800n]],
  ['clone', [0x20_0111n]],
  ['wait4', [0xffff_ffff_ffff_ffffn, 0x1000n, 1n]],
  ['kill', [4711n, 9n]],
  ['dup3', [9n, 0n, 0n]],
  ['setpgid', [0n, 0n]],
  ['prlimit64', [0n, 7n, 0x1000n, 0n]],
  ['seccomp', [1n, 0n, 0x1000n]],
  ['landlock_restrict_self', [9n, 0n]],
  ['write', [3n, 0x1000n, 10n]],
];

/** Rules whose constants are those at which the gate's own needs begin and end. */
const NEAR_THE_GATE: readonly string[] = [
  'clone(clone_flags == CLONE_VM|CLONE_CHILD_CLEARTID|SIGCHLD)',
  'dup3(newfd <= 3)',
  'fcntl(cmd == F_SETFL)',
  'ioctl(cmd in {SECCOMP_IOCTL_NOTIF_RECV, SECCOMP_IOCTL_NOTIF_SEND})',
  'kill(sig in {SIGKILL, SIGTERM})',
  'prlimit64(pid == 0)',
  'seccomp(op == SECCOMP_SET_MODE_FILTER)',
  'setpgid(pid == 0 && pgid == 0)',
  'write(fd in {3, 5})',
  'recvfrom(flags == MSG_DONTWAIT && addr == NULL)',
  'recvmsg(fd in {14, 15} && flags == MSG_DONTWAIT|MSG_TRUNC)',
  'sendmsg(fd in {14, 15} && flags == MSG_DONTWAIT)',
  'sendto(flags == MSG_DONTWAIT|MSG_NOSIGNAL && addr == NULL)',
  'setsockopt(level == SOL_SOCKET && optname == SO_PASSRIGHTS)',
  'shutdown(how == SHUT_WR)',
  'socketpair(family == AF_UNIX && type == SOCK_SEQPACKET|SOCK_CLOEXEC && protocol == 0)',
];

/** Calls of every number, those that something names with arguments next to its constants. */
function callsOfEveryNumber(filter: Filter, numberOf: (name: string) => number | undefined): readonly Call[] {
  const near = filterOf(NEAR_THE_GATE, {}, filter.architecture).rules;
  const everywhere = [...filter.rules, ...near];
  const sample = (nr: number): readonly Call[] => {
    const rules = everywhere.filter((rule) => numberOf(rule.call) === nr);
    const options = { numRuns: rules.length === 0 ? 2 : 40, seed: nr };
    return fc.sample(callsFor({ ...filter, rules }), options).map((call) => ({ ...call, nr }));
  };
  const last = filter.firstUnknown + 5;
  const numbers = [...Array.from({ length: last }, (_, nr) => nr), 600, 0x3fffffff, 0x40000000, 0xffffffff];
  const execve = numberOf('execve') ?? 0;
  const paths = [-1n, 0n, 1n, 1n << 32n].map((step) => BigInt.asUintN(64, BigInt(PAGE_ZERO_PATH) + step));
  return [...numbers.flatMap(sample), ...paths.map((path) => ({ nr: execve, args: [path, 1n, 1n] }))];
}

function denies(answer: number): boolean {
  return (answer | 0) < ASK;
}

describe.each(['x86_64', 'aarch64'] as const)('on %s', (architecture: Architecture) => {
  const arch = AUDIT_ARCH[architecture];
  const numberOf = (name: string): number | undefined =>
    bareNumber(name) ?? syscallNumber(name, architecture);
  const [execve, execveat] = [numberOf('execve'), numberOf('execveat')];

  /** A call of x32, which is another ABI. */
  const isForeign = ({ nr }: Call): boolean =>
    architecture === 'x86_64' && nr >= 0x4000_0000 && nr !== 0xffff_ffff;

  /** What the policy and its `exec` say about a call, from the rules themselves. */
  const expected = (filter: Filter, guard: ExecGuard['kind'], call: Call): number => {
    const plain = evaluate(filter, call, numberOf);
    if (call.nr !== execve && (call.nr !== execveat || guard === 'none')) return plain;
    if (guard === 'notification') return ASK;
    if (guard === 'none') return filter.rules.some(({ call: name }) => name === 'execve') ? plain : ALLOW;
    if (call.nr === execve && call.args[0] === BigInt(PAGE_ZERO_PATH)) return ALLOW;
    const fallback = evaluate({ ...filter, rules: [] }, call, numberOf);
    return denies(fallback) ? fallback : EPERM;
  };

  const build = (
    text: string,
    guard: ExecGuard['kind'],
  ): { filter: Filter; first: Program; second: Program } => {
    const policy = policyOf(text);
    const { filter } = resolveFilter(policy.seccomp, architecture);
    const { first, second } = gateFilters(withExec(filter, policy, guard), policy, {
      shape: 'serve',
      guard: { kind: guard, callsFromPageZero: false },
      denials: { by: 'kernel' },
    });
    if (second === undefined) throw new Error('there is no second filter');
    return { filter, first, second };
  };

  const buildOne = (text: string, guard: WithPageZero): { filter: Filter; only: Program } => {
    const policy = policyOf(text);
    const { filter } = resolveFilter(policy.seccomp, architecture);
    const { first, second } = gateFilters(withExec(filter, policy, guard), policy, {
      shape: 'serve',
      guard: { kind: guard, callsFromPageZero: true },
      denials: { by: 'kernel' },
    });
    expect(second).toBeUndefined();
    return { filter, only: first };
  };

  test('the first lets a gate of peers send to a name by its sockets alone, and make pairs of messages', () => {
    const { first } = build(POLICIES['peers of datagrams'] ?? '', 'page-zero');
    const passes = (call: string, ...args: readonly bigint[]): boolean =>
      simulate(first, { arch, nr: numberOf(call) ?? -1, args }) === ALLOW;
    const [whole, noWait] = [0x20n, 0x40n];
    const sockets = (call: string, flags: bigint): readonly bigint[] =>
      [0n, 13n, 14n, 15n, 16n].filter((fd) => passes(call, fd, 0x1000n, flags));
    expect(sockets('sendmsg', noWait)).toEqual([14n, 15n]);
    // The policy has this one.
    expect(sockets('recvmsg', noWait | whole)).toEqual([0n, 14n, 15n]);
    expect(sockets('sendmsg', 0n)).toEqual([]);
    expect(passes('recvfrom', 20n, 0x1000n, 9n, noWait)).toBe(true);
    expect(passes('recvfrom', 20n, 0x1000n, 9n, noWait, 0x1000n, 28n)).toBe(false);
    expect(passes('socketpair', 1n, 0x8_0005n, 0n, 0x1000n)).toBe(true);
    expect(passes('socketpair', 1n, 0x8_0002n, 0n, 0x1000n)).toBe(false);
    expect(passes('shutdown', 20n, 1n)).toBe(true);
    expect(passes('shutdown', 20n, 0n)).toBe(false);
    const other = build(POLICIES['echo'] ?? '', 'page-zero').first;
    for (const call of ['sendmsg', 'recvmsg', 'socketpair', 'shutdown'])
      expect(simulate(other, { arch, nr: numberOf(call) ?? -1, args: [14n, 0x1000n, noWait] })).not.toBe(
        ALLOW,
      );
  });

  describe.each(Object.keys(POLICIES))('%s', (name) => {
    test.each<ExecGuard['kind']>(['page-zero', 'notification', 'none'])(
      'both filters together are the policy (%s)',
      (guard) => {
        const { filter, first, second } = build(POLICIES[name] ?? '', guard);
        const wrong = callsOfEveryNumber(filter, numberOf).filter((call) => {
          const data = { arch, ...call };
          const together = stricter(simulate(second, data), simulate(first, data));
          return together !== expected(filter, guard, call);
        });
        expect(wrong).toEqual([]);
      },
    );

    test.each<WithPageZero>(['page-zero', 'none'])(
      'one filter is the policy for every call that does not come from page 0 (%s)',
      (guard) => {
        const { filter, only } = buildOne(POLICIES[name] ?? '', guard);
        const gate = gateAddress(architecture);
        const places = [0n, 1n, gate - 1n, gate + 1n, gate + (1n << 32n), 0x7fff_f7fd_1234n];
        const wrong = callsOfEveryNumber(filter, numberOf).filter((call, index) => {
          const instructionPointer = places[index % places.length] ?? 0n;
          return simulate(only, { arch, instructionPointer, ...call }) !== expected(filter, guard, call);
        });
        expect(wrong).toEqual([]);
      },
    );

    test('from page 0 it lets the gate work, and nothing else that the policy denies', () => {
      const { filter, only } = buildOne(POLICIES[name] ?? '', 'page-zero');
      const instructionPointer = gateAddress(architecture);
      for (const [call, args] of OF_THE_GATE) {
        const nr = numberOf(call) ?? -1;
        expect(simulate(only, { arch, nr, args, instructionPointer }), call).toBe(ALLOW);
      }
      for (const call of ['ptrace', 'process_vm_writev', 'bpf', 'mount']) {
        const request = { nr: numberOf(call) ?? -1, args: [] };
        expect(simulate(only, { arch, instructionPointer, ...request }), call).toBe(
          expected(filter, 'page-zero', request),
        );
      }
    });

    test('the first lets the gate work', () => {
      const { first } = build(POLICIES[name] ?? '', 'page-zero');
      for (const [call, args] of OF_THE_GATE) {
        expect(simulate(first, { arch, nr: numberOf(call) ?? -1, args }), call).toBe(ALLOW);
      }
    });
  });

  describe.each(Object.keys(POLICIES))('%s, where denied calls ask the gate', (name) => {
    const denials = { by: 'gate', namesPrograms: false } as const;
    const filtersOf = (guard: ExecGuard): { filter: Filter; first: Program; second: Program | undefined } => {
      const policy = policyOf(POLICIES[name] ?? '');
      const { filter } = resolveFilter(policy.seccomp, architecture);
      const whole = withExec(filter, policy, guard.kind);
      return { filter, ...gateFilters(whole, policy, { shape: 'serve', guard, denials }) };
    };

    test.each<ExecGuard>([
      { kind: 'page-zero', callsFromPageZero: false },
      { kind: 'none', callsFromPageZero: false },
      { kind: 'notification' },
    ])('of two filters the second kills what the gate needs, and only that ($kind)', (guard) => {
      const { filter, first, second } = filtersOf(guard);
      if (second === undefined) throw new Error('there is no second filter');
      const wrong = callsOfEveryNumber(filter, numberOf).filter((call) => {
        const data = { arch, ...call };
        const [older, newer] = [simulate(first, data), simulate(second, data)];
        const wanted = expected(filter, guard.kind, call);
        if (wanted !== KILL) return stricter(newer, older) !== wanted;
        return isForeign(call) ? older !== KILL : older === ASK ? newer !== ALLOW : newer !== KILL;
      });
      expect(wrong).toEqual([]);
    });

    test.each<ExecGuard>([
      { kind: 'page-zero', callsFromPageZero: true },
      { kind: 'none', callsFromPageZero: true },
    ])('one filter asks where the policy kills, but not from page 0 ($kind)', (guard) => {
      const { filter, first } = filtersOf(guard);
      const gate = gateAddress(architecture);
      const wrong = callsOfEveryNumber(filter, numberOf).filter((call) => {
        const wanted = expected(filter, guard.kind, call);
        const asked = wanted === KILL && !isForeign(call) ? ASK : wanted;
        const from = (instructionPointer: bigint): number =>
          simulate(first, { arch, instructionPointer, ...call });
        return from(0x7fff_f7fd_1234n) !== asked || ![ALLOW, wanted].includes(from(gate));
      });
      expect(wrong).toEqual([]);
    });
  });

  test('under notification the first asks for every exec, whatever the policy says of it', () => {
    for (const text of Object.values(POLICIES)) {
      const { first } = build(text, 'notification');
      for (const nr of [execve ?? -1, execveat ?? -1]) {
        expect(simulate(first, { arch, nr, args: [0x1000n] })).toBe(ASK);
      }
    }
  });

  test('with exec once every exec but that of page 0 is denied, whatever the default', () => {
    for (const text of Object.values(POLICIES)) {
      const { first } = build(text, 'page-zero');
      expect(denies(simulate(first, { arch, nr: execve ?? -1, args: [0x1000n] }))).toBe(true);
      expect(denies(simulate(first, { arch, nr: execveat ?? -1, args: [3n, BigInt(PAGE_ZERO_PATH)] }))).toBe(
        true,
      );
    }
  });
});

test.each([
  ['rules: [read]', false],
  ['default: allow, rules: []', true],
  ['default: log, rules: []', true],
  ['default: allow, rules: [ptrace -> errno(EPERM)]', false],
  ['default: allow, rules: ["ptrace(request == 0) -> errno(EPERM)"]', true],
  ['rules: ["ptrace(request == 0)"]', true],
  ['rules: [ptrace -> log]', true],
  ['rules: [ptrace -> errno(EPERM)]', false],
])('who may trace could write the place of a call: %s', (seccomp, may) => {
  const { filter } = resolveFilter(policyOf(`${LEAST}seccomp: { ${seccomp} }\n`).seccomp, 'x86_64');
  expect(mayTrace(filter)).toBe(may);
});

test('a filter that fits by itself and not beside the needs of the gate is a problem of the policy', () => {
  const values = (call: number): readonly string[] =>
    Array.from(
      { length: call === 20 ? 100 : 165 },
      (_, index) => `${BigInt(index * 5 + call * 3 + 1) << 33n}`,
    );
  const rules = Array.from(
    { length: 21 },
    (_, call) => `    - "syscall_${600 + call}(arg0 in {${values(call)}})"\n`,
  );
  const policy = policyOf(`${LEAST}landlock: best-effort\nseccomp:\n  rules:\n${rules.join('')}`);
  expect(resolveFilter(policy.seccomp, 'x86_64').diagnostics).toEqual([]);
  const { plan, diagnostics } = compilePlan({
    policy,
    identity: { uid: 4711, gid: 4711, groups: [] },
    facts: { ...readHostFacts(), architecture: 'x86_64', uid: 0, permitted: (1n << 41n) - 1n },
    unprivileged: false,
    shape: 'serve',
    caller: {},
  });
  expect(plan).toBeUndefined();
  expect(diagnostics).toMatchObject([{ code: 'filter-too-large', severity: 'error', span: { line: 7 } }]);
});
