import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AUDIT_ARCH } from '../../../src/kernel/architecture.ts';
import { SYSTEM_CALLS } from '../../../src/kernel/generated/system-calls.ts';
import { explainCall } from '../../../src/seccomp/explain/explain-call.ts';
import type { Proposal } from '../../../src/seccomp/explain/proposal.ts';
import { NO_SURROUNDINGS } from '../../../src/seccomp/explain/surroundings.ts';
import {
  actionText,
  compileFilter,
  decodeAction,
  OWN_GROUP_NAMES,
  ownGroup,
  resolveFilter,
  simulate,
} from '../../../src/seccomp/index.ts';
import { policyOf } from '../support/policy.ts';

const ARCHITECTURE = 'x86_64';

const CALLS = SYSTEM_CALLS.flatMap(({ name, x86_64 }) =>
  x86_64 === undefined ? [] : [{ name, nr: x86_64 }],
);

/** Calls that our groups, or boundaries, have under conditions come up more often than the others. */
const CONDITIONAL = new Set(
  OWN_GROUP_NAMES.flatMap((name) => ownGroup(name) ?? []).flatMap((rule) => /^(\w+)\(/.exec(rule)?.[1] ?? []),
);
const OFTEN = CALLS.filter(
  ({ name }) =>
    CONDITIONAL.has(name) ||
    /^(socket|connect|bind|kill|tgkill|prctl|sched_set|setpriority|ioprio|memfd|personality|unshare|ptrace)/.test(
      name,
    ),
);

/** Values that conditions tell apart. */
const register = fc.oneof(
  fc.constantFrom(0n, 1n, 2n, 3n, 7n, 10n, 16n, 17n, 110n, 0x22n, 0x42n, 0o4755n, 0x5412n, 0x2000_0000n),
  fc.constantFrom(0xffff_ff9cn, 0x1200011n, 0x3d0f00n, 0x1000_0000n, 0x7ffc_1234_5678n, (1n << 64n) - 1n),
  fc.bigInt({ min: 0n, max: 64n }),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
);

const EXTRA = [
  ...[
    'write(fd == 1)',
    'openat(flags & O_ACCMODE == O_RDONLY)',
    'socket(family == AF_UNIX)',
    'sendmsg',
    'connect',
  ],
  ...[
    'kill -> kill_process',
    'ioctl(cmd == TCGETS) -> errno(ENOTTY)',
    'execve',
    'memfd_create',
    'mprotect',
    'fork',
  ],
  ...['prctl(option == PR_SET_NAME)', 'socket(family == AF_INET) -> errno(EPERM)', 'unshare -> errno(EPERM)'],
];

const policy = fc.record({
  lines: fc
    .tuple(fc.subarray([...OWN_GROUP_NAMES]), fc.subarray(EXTRA, { maxLength: 5 }))
    .map(([groups, rules]) => [...groups, ...rules]),
  fallback: fc.constantFrom('kill_process', 'errno(EPERM)'),
  kernel: fc.constantFrom(undefined, '5.4', '6.1'),
  exec: fc.constantFrom('once' as const, 'allow' as const),
  root: fc.constantFrom(undefined, '/srv/root'),
  landlock: fc.constantFrom('required' as const, 'best-effort' as const),
});

const denied = fc.record({
  call: fc.oneof(fc.constantFrom(...OFTEN), fc.constantFrom(...CALLS)),
  args: fc.tuple(register, register, register, register, register, register),
});

/** Names of boundaries as `check` reports them, which looks at all of them. */
function opened(diagnostics: ReturnType<typeof resolveFilter>['diagnostics']): ReadonlySet<string> {
  return new Set(
    diagnostics.flatMap(({ code, message }) =>
      code === 'boundary-opened' ? [/: opens (.*?);/.exec(message)?.[1] ?? ''] : [],
    ),
  );
}

describe('for any policy and any denied call', () => {
  test('a proposed line is enough, and opens what it says', () => {
    let proposed = 0;
    fc.assert(
      fc.property(policy, denied, ({ lines, fallback, kernel, exec, root, landlock }, { call, args }) => {
        const textOf = (text: string) => ({ text, span: undefined });
        const parts = {
          default: textOf(fallback),
          kernel: kernel === undefined ? undefined : textOf(kernel),
        };
        const around = { ...NO_SURROUNDINGS, rest: { exec, root, landlock } };
        const seccomp = policyOf(lines, parts);
        const explained = explainCall({ seccomp, architecture: ARCHITECTURE, around }, { nr: call.nr, args });
        const isStart = call.name === 'execve' || call.name === 'execveat';
        const before = resolveFilter(seccomp, ARCHITECTURE, around.rest);
        const answer = (rules: typeof before): string =>
          actionText(
            decodeAction(
              simulate(compileFilter(rules.filter), {
                arch: AUDIT_ARCH[ARCHITECTURE],
                nr: call.nr,
                args,
                instructionPointer: 0n,
              }),
            ),
          );
        if (!isStart) expect(explained.answer && actionText(explained.answer)).toBe(answer(before));
        // Some calls may not stand beside others at all.
        const isForbidden = (line: string): boolean =>
          resolveFilter(policyOf([...lines, line], parts), ARCHITECTURE, around.rest).diagnostics.some(
            ({ severity }) => severity === 'error',
          );
        const check = ({ allow, opens, keys }: Proposal, wanted: (text: string) => boolean): void => {
          proposed += 1;
          const rest = {
            exec: keys['exec'] === 'allow' ? ('allow' as const) : exec,
            root,
            landlock: keys['landlock'] === 'required' ? ('required' as const) : landlock,
          };
          const after = resolveFilter(policyOf([...lines, ...allow], parts), ARCHITECTURE, rest);
          if (!isForbidden('read'))
            expect(after.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
          if (!isStart) expect(wanted(answer(after))).toBe(true);
          const known = opened(before.diagnostics);
          const now = [...opened(after.diagnostics)].filter((name) => !known.has(name));
          expect(now.toSorted()).toEqual([...opens].toSorted());
        };
        const { allowing, quiet } = explained;
        if (allowing !== undefined) check(allowing, (text) => text === 'allow');
        if (quiet !== undefined) {
          // Where the kernel refuses the call itself, the filter lets it through to the kernel.
          const refuses = quiet.allow.join() === allowing?.allow.join();
          check(quiet, (text) => (refuses ? text === 'allow' : text.startsWith('errno(')));
        }
        const isOpen = explained.answer?.kind === 'allow';
        const isDenied = explained.rules.some(({ denies }) => denies);
        if (isOpen || isDenied) expect(allowing).toBeUndefined();
        else if (call.name !== 'clone3' && allowing === undefined) expect(isForbidden(call.name)).toBe(true);
        // The bare call would give away what the condition of the group keeps.
        if (CONDITIONAL.has(call.name)) expect(allowing?.allow).not.toEqual([call.name]);
      }),
      { numRuns: 150 },
    );
    expect(proposed).toBeGreaterThan(50);
  });
});
