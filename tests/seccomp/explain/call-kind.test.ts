import { describe, expect, test } from 'vitest';
import { syscallArguments, syscallName } from '../../../src/kernel/system-calls.ts';
import { callKind } from '../../../src/seccomp/explain/call-kind.ts';
import { type ExplainedPolicy, explainCall, filterOf } from '../../../src/seccomp/explain/explain-call.ts';
import { explanationData } from '../../../src/seccomp/explain/explanation-data.ts';
import { explanationText } from '../../../src/seccomp/explain/explanation-text.ts';
import { policyOf } from '../support/policy.ts';

const POLICY: ExplainedPolicy = {
  seccomp: policyOf(['@start', '@socket', 'write(fd in {1, 2})', 'sendfile(count < 10)', 'tkill(pid == 7)']),
  architecture: 'x86_64',
  around: {
    rest: { exec: 'once', landlock: 'required' },
    program: 'app',
    mayWrite: false,
    writesNothing: true,
    network: 'none',
    capabilities: [],
    hasTerminals: false,
    makesTerminals: false,
  },
};

const FILTER = filterOf(POLICY);

function kindOf(nr: number, ...args: readonly bigint[]): string {
  return callKind(FILTER, nr, args);
}

/** Everything about a call that is explained, but the text of its arguments. */
function explained(nr: number, args: readonly bigint[]): unknown {
  const explanation = explainCall(POLICY, { nr, args });
  const { arguments: _, ...data } = explanationData(explanation);
  return [data, explanationText(explanation)];
}

describe('the kind of a call', () => {
  test('calls of one kind have one explanation, whatever differs between them', () => {
    const values = [0n, 1n, 2n, 3n, 7n, 16n, 110n, 0x1234n, 0x7ffd_0000_1000n, 2n ** 64n - 1n];
    let seed = 7;
    const next = (): bigint => {
      seed = (seed * 48_271) % 2_147_483_647;
      return values[seed % values.length] ?? 0n;
    };
    let compared = 0;
    for (let nr = 0; nr < 470; nr += 1) {
      if (syscallArguments(syscallName(nr, 'x86_64') ?? '', 'x86_64') === undefined) continue;
      const known = new Map<string, readonly bigint[]>();
      for (let round = 0; round < 6; round += 1) {
        const args = Array.from({ length: 6 }, next);
        const kind = kindOf(nr, ...args);
        const before = known.get(kind);
        known.set(kind, args);
        if (before === undefined) continue;
        expect(explained(nr, args), `${nr} ${args.join(' ')}`).toEqual(explained(nr, before));
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(300);
  });

  test('values count where a rule asks for them, and elsewhere if they say what the call does', () => {
    const [WRITE, SENDFILE, TKILL, SOCKET, MLOCK] = [1, 40, 200, 41, 149];
    expect(kindOf(WRITE, 3n, 0x7ffdn, 5n)).toBe(kindOf(WRITE, 3n, 0x7ffen, 6n, 9n));
    expect(kindOf(WRITE, 3n, 0x7ffdn, 5n)).not.toBe(kindOf(WRITE, 4n, 0x7ffdn, 5n));
    expect(kindOf(WRITE, 3n, 0x7ffdn, 5n)).not.toBe(kindOf(WRITE, 3n, 0n, 5n));
    expect(kindOf(SENDFILE, 1n, 2n, 0n, 10n)).not.toBe(kindOf(SENDFILE, 1n, 2n, 0n, 11n));
    expect(kindOf(TKILL, 8n, 9n)).not.toBe(kindOf(TKILL, 9n, 9n));
    expect(kindOf(SOCKET, 2n, 1n)).not.toBe(kindOf(SOCKET, 2n, 2n));
    expect(kindOf(MLOCK, 0x7ffdn, 4096n)).not.toBe(kindOf(MLOCK, 0x7ffdn, 8192n));
  });
});
