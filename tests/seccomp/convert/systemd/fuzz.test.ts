import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Problems } from '../../../../src/seccomp/convert/problems.ts';
import { importSystemd } from '../../../../src/seccomp/convert/systemd/import.ts';
import {
  isFilterDirective,
  RestrictionsReader,
} from '../../../../src/seccomp/convert/systemd/read-restrictions.ts';
import { readUnitFile } from '../../../../src/seccomp/convert/systemd/unit-file.ts';

const CORPUS = fileURLToPath(new URL('corpus/', import.meta.url));
const SOURCES = readdirSync(CORPUS)
  .sort()
  .map((unit) => readFileSync(`${CORPUS}${unit}`, 'utf8'));
const OPTIONS = {
  file: 'u.service',
  architecture: 'x86_64',
  capabilities: new Set<string>(),
  kernel: undefined,
} as const;
const PIECES = [
  ...[
    '\n',
    '\r\n',
    '\\',
    '\\\n',
    '=',
    '==',
    '~',
    '~~',
    '@',
    ':',
    ' ',
    '\t',
    '\0',
    '[',
    ']',
    '#',
    ';',
    '"',
    "'",
    '%',
    '%i',
    '\ufeff',
    '\u{1f600}',
  ],
  ...[
    '@known',
    '~@system-service',
    ':kill',
    ':4095',
    ':EPERM',
    'none',
    'yes',
    'AF_UNIX',
    'SystemCallFilter=',
    '[Service]',
    '__proto__',
    'constructor',
  ],
];

/** Numbers that look random and are the same in every run: the linear congruential generator of ISO C's example of rand. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

/** A source with some of it taken out, put in, doubled or moved into another one. */
function mutated(next: (below: number) => number): string {
  const pick = (): string => SOURCES[next(SOURCES.length)] ?? '';
  let text = pick();
  for (let count = 1 + next(6); count > 0; count -= 1) {
    const [at, length] = [next(text.length + 1), next(12)];
    const other = pick();
    const inserted =
      [PIECES[next(PIECES.length)] ?? '', other.slice(next(other.length)).slice(0, length), ''][next(3)] ??
      '';
    text = text.slice(0, at) + inserted + text.slice(at + (next(2) === 0 ? length : 0));
  }
  return text;
}

test('no unit file, however broken, stops its reading', () => {
  const next = numbers(251);
  for (let run = 0; run < 15_000; run += 1) {
    const problems = new Problems();
    const reader = new RestrictionsReader(problems);
    for (const assignment of readUnitFile(mutated(next), 'u.service', problems)) {
      if (isFilterDirective(assignment.key.text)) reader.assign(assignment);
    }
    if (problems.diagnostics.some(({ span }) => span === undefined))
      throw new Error('a problem without a place');
  }
}, 60_000);

test('an import ends with a filter or with an error', () => {
  const next = numbers(252);
  const outcomes = { imported: 0, refused: 0 };
  for (let run = 0; run < 1500; run += 1) {
    const source = mutated(next);
    const { filter, diagnostics } = importSystemd(source, OPTIONS);
    const failed = diagnostics.some(({ severity }) => severity === 'error');
    if ((filter === undefined) !== failed)
      throw new Error(`neither a filter nor an error for ${JSON.stringify(source)}`);
    outcomes[failed ? 'refused' : 'imported'] += 1;
  }
  expect(outcomes.imported).toBeGreaterThan(200);
  expect(outcomes.refused).toBeGreaterThan(200);
}, 60_000);
