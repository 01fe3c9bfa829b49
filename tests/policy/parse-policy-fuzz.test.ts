import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasErrors } from '../../src/policy/diagnostic.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';

const WHOLE = `portcullis: 1
service: echo
listen: ["tcp6://[::]:7", tcp4://0.0.0.0:7]
run: [/bin/cat, -u]
user: nobody
capabilities: [KILL]
umask: 0077
environment: { pass: [LANG], set: { A: "b" } }
rlimits: { nofile: 8, as: "64MiB:1GiB", cpu: 5s, core: { soft: 1, hard: 1 } }
limits: { sessions: 8, per-source: 2, time: 10m }
seccomp:
  kernel: 6.10
  rules: ["@start", 'read', write(fd == 1)]
  groups: { "@mine": [read] }
`;

const PIECES = [
  ...'[]{}:,-?!&*#|>\'"%@`~\t\n\r\0 <=0789.ab/',
  '\ufeff',
  '漢',
  '- ',
  '<<: ',
  '!!map ',
  '&a ',
  '*a',
  '---\n',
  '__proto__: ',
  'null',
];

/** Cuts a stretch out of the text and puts a few pieces in its place. */
const edit = fc.tuple(
  fc.nat(WHOLE.length),
  fc.nat(12),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 4 }),
);

test('no text makes the parser throw, and every policy or its errors come out', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      const text = edits.reduce(
        (before, [at, length, pieces]) => before.slice(0, at) + pieces.join('') + before.slice(at + length),
        WHOLE,
      );
      const { policy, diagnostics } = parsePolicy(text, 'x.yaml');
      expect(policy === undefined).toBe(hasErrors(diagnostics));
      const lines = text.split('\n');
      for (const { span } of diagnostics) {
        expect(Math.min(span?.line ?? 0, span?.column ?? 0, span?.length ?? 0)).toBeGreaterThanOrEqual(1);
        const line = lines[(span?.line ?? 0) - 1];
        expect(line).toBeDefined();
        expect(span?.column).toBeLessThanOrEqual((line?.length ?? 0) + 1);
      }
    }),
    { numRuns: 20_000, interruptAfterTimeLimit: 4000, markInterruptAsFailure: false },
  );
});

test.each([
  ['['],
  ['- '],
  ['-\t'],
  ['{a: '],
  ['? '],
  ['!x '],
  ['&a '],
  ['\n'],
  ['a: &a [*a, *a]\n'],
  ['"'],
  ['#'],
])('%s over and over ends quickly', (piece) => {
  const started = performance.now();
  expect(parsePolicy(piece.repeat(20_000), 'x.yaml').policy).toBeUndefined();
  expect(performance.now() - started).toBeLessThan(5000);
});
