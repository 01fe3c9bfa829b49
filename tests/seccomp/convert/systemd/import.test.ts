import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import type { Architecture } from '../../../../src/kernel/architecture.ts';
import { syscallName, syscallNumber } from '../../../../src/kernel/system-calls.ts';
import type { Action } from '../../../../src/seccomp/action.ts';
import { importedFilter, seccompSection } from '../../../../src/seccomp/convert/import-seccomp.ts';
import { importSystemd } from '../../../../src/seccomp/convert/systemd/import.ts';
import type { Filter } from '../../../../src/seccomp/filter.ts';
import { Diagrams } from '../../../../src/seccomp/prove/diagram.ts';
import { firstDifference } from '../../../../src/seccomp/prove/first-call.ts';
import { programDiagram } from '../../../../src/seccomp/prove/program-diagram.ts';
import { rulesDiagram } from '../../../../src/seccomp/prove/rules-diagram.ts';
import { stackDiagram } from '../../../../src/seccomp/prove/stack.ts';
import { systemdJudge } from './judge.ts';

const CORPUS = fileURLToPath(new URL('corpus/', import.meta.url));
const UNITS = readdirSync(CORPUS).sort();
const ARCHITECTURES: readonly Architecture[] = ['x86_64', 'aarch64'];
const ALLOW: Action = { kind: 'allow' };
const ALLOWED = 0x7fff0000;

/** An answer that no unit of the corpus gives: calls that the judge does not know are not compared. */
const APART: Action = { kind: 'trap', data: 1 };

const judge = systemdJudge();
afterAll(() => judge.remove());

function imported(unit: string, architecture: Architecture): Filter {
  const source = readFileSync(`${CORPUS}${unit}`, 'utf8');
  const options = { file: unit, architecture, capabilities: new Set<string>(), kernel: undefined };
  const { filter, diagnostics } = importSystemd(source, options);
  if (filter === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const resolved = importedFilter(filter, architecture);
  expect(resolved.diagnostics).toEqual([]);
  return resolved.filter;
}

const cases = UNITS.flatMap((unit) => ARCHITECTURES.map((architecture) => ({ unit, architecture })));

test.each(cases)(
  '$unit on $architecture: every call is answered as by the filters of systemd',
  ({ unit, architecture }) => {
    const filter = imported(unit, architecture);
    const diagrams = new Diagrams();
    const programs = judge.filters(`${CORPUS}${unit}`, architecture);
    const systemd = stackDiagram(
      diagrams,
      programs.toReversed().map((program) => programDiagram(diagrams, program)),
    );
    // What a policy answers whatever its rules say: other architectures, and numbers younger than Portcullis.
    const names = judge.ignored.filter((call) => syscallNumber(call, architecture) !== undefined);
    const everywhere = rulesDiagram(diagrams, {
      ...filter,
      default: ALLOW,
      rules: names.map((call) => ({ call, condition: { kind: 'true' }, action: APART, source: undefined })),
    });
    const apart = (own: number, other: number): number => (own === ALLOWED ? other : own);
    const ours = diagrams.combine(apart, everywhere, rulesDiagram(diagrams, filter));
    const theirs = diagrams.combine(apart, everywhere, systemd);
    const words = firstDifference(diagrams, ours, theirs);
    const difference = words && {
      call: syscallName(words[1] ?? 0, architecture),
      words: [...words].map((word) => word.toString(16)).join(' '),
      ours: diagrams.evaluate(ours, words).toString(16),
      theirs: diagrams.evaluate(theirs, words).toString(16),
    };
    expect(difference).toBeUndefined();
  },
);

test.each(UNITS)('%s as a section of a policy, and what is said about it', (unit) => {
  const source = readFileSync(`${CORPUS}${unit}`, 'utf8');
  const options = {
    file: unit,
    architecture: 'x86_64',
    capabilities: new Set<string>(),
    kernel: undefined,
  } as const;
  const { filter, diagnostics } = importSystemd(source, options);
  const section = filter === undefined ? '' : seccompSection(filter, []);
  const said = diagnostics.map(
    ({ severity, message, span }) => `${span?.line}:${span?.column}: ${severity}: ${message}`,
  );
  expect(`${[...said, ''].join('\n')}\n${section}`).toMatchSnapshot();
});
