import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { Architecture } from '../../../../src/kernel/architecture.ts';
import { seccompSection } from '../../../../src/seccomp/convert/import-seccomp.ts';
import { importSystemd } from '../../../../src/seccomp/convert/systemd/import.ts';
import { difference, importedUnit } from './compare.ts';
import { systemdJudge } from './judge.ts';
import { unitFile } from './random-unit.ts';

const CORPUS = fileURLToPath(new URL('corpus/', import.meta.url));
const UNITS = readdirSync(CORPUS).sort();
const ARCHITECTURES: readonly Architecture[] = ['x86_64', 'aarch64'];

const judge = systemdJudge();
afterAll(() => judge.remove());

test.each(UNITS.flatMap((unit) => ARCHITECTURES.map((architecture) => ({ unit, architecture }))))(
  '$unit on $architecture: every call is answered as by the filters of systemd',
  ({ unit, architecture }) => {
    const filter = importedUnit(readFileSync(`${CORPUS}${unit}`, 'utf8'), architecture);
    const programs = judge.filters(`${CORPUS}${unit}`, architecture);
    expect(programs && difference(filter, programs, judge)).toBeUndefined();
    expect(programs).toBeDefined();
  },
);

test('so is every call under random directives', () => {
  const file = judge.scratch('random.service');
  fc.assert(
    fc.property(unitFile, fc.constantFrom(...ARCHITECTURES), (source, architecture) => {
      writeFileSync(file, source);
      const filter = importedUnit(source, architecture);
      const programs = judge.filters(file, architecture);
      if (programs === undefined) expect(source).toMatch(/SystemCallFilter=~.*:/);
      else expect(difference(filter, programs, judge)).toBeUndefined();
    }),
    { numRuns: 40, seed: 252 },
  );
});

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
