import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AUDIT_ARCH } from '../../../src/kernel/architecture.ts';
import { simulate } from '../../../src/seccomp/bpf/simulate.ts';
import { compileFilter } from '../../../src/seccomp/compile/compile-filter.ts';
import { Diagrams } from '../../../src/seccomp/prove/diagram.ts';
import { programDiagram } from '../../../src/seccomp/prove/program-diagram.ts';
import { rulesDiagram } from '../../../src/seccomp/prove/rules-diagram.ts';
import { callWords } from '../support/call-words.ts';
import { evaluate } from '../support/oracle.ts';
import { callsFor, filter, numberOf } from '../support/random-filter.ts';

const filterWithCalls = filter.chain((subject) =>
  fc.record({
    subject: fc.constant(subject),
    calls: fc.array(callsFor(subject), { minLength: 20, maxLength: 40 }),
  }),
);

test('the diagram of rules answers as an evaluator of the rules, and that of their program is the same one', () => {
  fc.assert(
    fc.property(filterWithCalls, ({ subject, calls }) => {
      const diagrams = new Diagrams();
      const rules = rulesDiagram(diagrams, subject);
      const program = compileFilter(subject);
      for (const call of calls) {
        const data = { arch: AUDIT_ARCH[subject.architecture], ...call };
        const words = callWords(data);
        expect(diagrams.evaluate(rules, words)).toBe(evaluate(subject, call, numberOf));
        expect(diagrams.evaluate(rules, words)).toBe(simulate(program, data));
      }
      expect(programDiagram(diagrams, program)).toBe(rules);
    }),
    { numRuns: 300 },
  );
});
