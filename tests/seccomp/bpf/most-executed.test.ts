import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AUDIT_ARCH } from '../../../src/kernel/architecture.ts';
import { mostExecuted } from '../../../src/seccomp/bpf/most-executed.ts';
import { compileFilter, trace } from '../../../src/seccomp/index.ts';
import { filterOf } from '../support/policy.ts';
import { callsFor, filter } from '../support/random-filter.ts';

const arch = AUDIT_ARCH.x86_64;

test('no call executes more', () => {
  const withCalls = filter.chain((subject) =>
    fc.record({ subject: fc.constant(subject), calls: fc.array(callsFor(subject), { maxLength: 20 }) }),
  );
  fc.assert(
    fc.property(withCalls, ({ subject, calls }) => {
      const program = compileFilter(subject);
      const machine = AUDIT_ARCH[subject.architecture];
      for (const call of calls) {
        const { path } = trace(program, { arch: machine, ...call });
        expect(path.length).toBeLessThanOrEqual(mostExecuted(program, { arch: machine, nr: call.nr }));
      }
    }),
    { numRuns: 200 },
  );
});

test('some call executes as much', () => {
  const program = compileFilter(filterOf(['read', 'write(fd == 1 && count == 0x500000000)']));
  const longest = (nr: number, ...args: readonly bigint[]): void =>
    expect(trace(program, { arch, nr, args }).path).toHaveLength(mostExecuted(program, { arch, nr }));
  longest(0);
  longest(1, 1n, 0n, 5n << 32n);
  longest(2);
});
