import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { hasErrors } from '../../../../src/policy/diagnostic.ts';
import { Problems } from '../../../../src/seccomp/convert/problems.ts';
import { importSystemd } from '../../../../src/seccomp/convert/systemd/import.ts';
import {
  isFilterDirective,
  RestrictionsReader,
} from '../../../../src/seccomp/convert/systemd/read-restrictions.ts';
import { readUnitFile } from '../../../../src/seccomp/convert/systemd/unit-file.ts';
import { demand, demandDiagnostics } from '../../../support/fuzz/demands.ts';
import { fuzz } from '../../../support/fuzz/fuzz.ts';
import { TextMutator } from '../../../support/fuzz/mutate-text.ts';
import { X86_64 } from '../support/answers.ts';

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

const units = new TextMutator(TEXTS, WORDS);

fuzz('unit file', {
  input: (random) => units.text(random),
  read: (text) => {
    const problems = new Problems();
    const reader = new RestrictionsReader(problems);
    for (const assignment of readUnitFile(text, 'u.service', problems)) {
      if (isFilterDirective(assignment.key.text)) reader.assign(assignment);
    }
    const { diagnostics } = problems;
    demand(
      diagnostics.every(({ span }) => span !== undefined),
      'a problem without a place',
    );
    demandDiagnostics(diagnostics, 'u.service', text);
    return diagnostics.length === 0;
  },
});

fuzz('systemd', {
  input: (random) => units.text(random),
  read: (text) => {
    const { filter, diagnostics } = importSystemd(text, X86_64);
    demand((filter === undefined) === hasErrors(diagnostics), 'neither a filter nor an error, or both');
    demandDiagnostics(diagnostics, X86_64.file, text);
    return filter !== undefined;
  },
});

test('a very long list over very many lines is read in time, and each word has its place', () => {
  const { diagnostics } = importSystemd(`SystemCallFilter=read \\\n${'wrte \\\n'.repeat(100_000)}`, X86_64);
  expect(diagnostics.filter(({ code }) => code === 'unknown-call')).toHaveLength(100_000);
  expect(diagnostics[99_999]?.span).toEqual({ file: 'source', line: 100_001, column: 1, length: 4 });
});
