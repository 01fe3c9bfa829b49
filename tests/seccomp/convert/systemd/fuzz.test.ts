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
import { X86_64 } from '../support/answers.ts';
import { mutate, randomFrom } from '../support/mutate.ts';

const CORPUS = fileURLToPath(new URL('corpus/', import.meta.url));
const TEXTS = readdirSync(CORPUS)
  .sort()
  .map((unit) => readFileSync(`${CORPUS}${unit}`, 'utf8'));
const WORDS = [
  ...[
    '\n',
    '\r\n',
    '\\',
    '\\\n',
    '=',
    '~',
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
  ],
  ...['__proto__', 'constructor', '\n[Socket]\n', '\nRestrictNamespaces='],
];

/** More of them in a long run: FUZZ_INPUTS=1000000. */
const INPUTS = Number(process.env['FUZZ_INPUTS'] ?? 12_000);

test('no unit file, however broken, stops its reading, and every problem has a place', () => {
  const random = randomFrom(251);
  for (let input = 0; input < INPUTS; input += 1) {
    const text = mutate(TEXTS, WORDS, random);
    const problems = new Problems();
    const reader = new RestrictionsReader(problems);
    for (const assignment of readUnitFile(text, 'u.service', problems)) {
      if (isFilterDirective(assignment.key.text)) reader.assign(assignment);
    }
    expect(problems.diagnostics.filter(({ span }) => span === undefined)).toEqual([]);
  }
}, 3_600_000);

test('an import ends with a filter or with a reason', () => {
  const random = randomFrom(252);
  let imported = 0;
  const inputs = Math.ceil(INPUTS / 12);
  for (let input = 0; input < inputs; input += 1) {
    const text = mutate(TEXTS, WORDS, random);
    const { filter, diagnostics } = importSystemd(text, X86_64);
    expect(filter === undefined, text).toBe(diagnostics.some(({ severity }) => severity === 'error'));
    expect(diagnostics.filter(({ message }) => /undefined|\[object|\bNaN\b|^\s*at /.test(message))).toEqual(
      [],
    );
    if (filter !== undefined) imported += 1;
  }
  expect(imported).toBeGreaterThan(inputs / 10);
  expect(imported).toBeLessThan(inputs);
}, 3_600_000);

test('a very long list over very many lines is read in time, and each word has its place', () => {
  const { diagnostics } = importSystemd(`SystemCallFilter=read \\\n${'wrte \\\n'.repeat(100_000)}`, X86_64);
  expect(diagnostics.filter(({ code }) => code === 'unknown-call')).toHaveLength(100_000);
  expect(diagnostics[99_999]?.span).toEqual({ file: 'source', line: 100_001, column: 1, length: 4 });
});
