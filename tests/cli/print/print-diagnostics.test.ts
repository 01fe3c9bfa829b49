import { expect, test } from 'vitest';
import { formatDiagnostic } from '../../../src/cli/print/print-diagnostics.ts';
import type { Diagnostic } from '../../../src/policy/diagnostic.ts';

const PLAIN = { color: false };

function at(line: number, column: number, length: number): Diagnostic {
  const span = { file: 'finger.yaml', line, column, length };
  return {
    code: 'unknown-user',
    severity: 'error',
    message: "unknown user 'nobdy'",
    span,
    help: "did you mean 'nobody'?",
  };
}

test('the place, the line, the caret and the help', () => {
  expect(formatDiagnostic(at(2, 7, 5), 'a: b\nuser: nobdy\n', PLAIN)).toBe(
    [
      "finger.yaml:2:7: error: unknown user 'nobdy' [unknown-user]",
      '  2 | user: nobdy',
      '    |       ^^^^^',
      "    = help: did you mean 'nobody'?",
    ].join('\n'),
  );
});

test('without a place only the message', () => {
  const bare: Diagnostic = { code: 'x', severity: 'warning', message: 'm', span: undefined, help: undefined };
  expect(formatDiagnostic(bare, '', PLAIN)).toBe('warning: m [x]');
});

test.each([
  ['tabs', 'a:\tnobdy', 4, '  1 | a:    nobdy', '    |       ^^^^^'],
  ['wide characters', '漢: nobdy', 4, '  1 | 漢: nobdy', '    |     ^^^^^'],
  ['control characters', '\u001b: nobdy', 4, '  1 | \\u{1b}: nobdy', '    |         ^^^^^'],
])('%s keep the caret in place', (_, source, column, line, caret) => {
  expect(
    formatDiagnostic(at(1, column, 5), source, PLAIN)
      .split('\n')
      .slice(1, 3),
  ).toEqual([line, caret]);
});

test('a long line is clipped around the caret', () => {
  const [, line = '', caret = ''] = formatDiagnostic(
    at(1, 5001, 5),
    `${'x'.repeat(5000)}nobdy${'y'.repeat(5000)}`,
    PLAIN,
  ).split('\n');
  expect(line.length).toBeLessThan(120);
  expect(line.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1)).toBe('nobdy');
});

test('colour only where it is asked for', () => {
  expect(formatDiagnostic(at(1, 1, 1), 'x', PLAIN)).not.toContain('\u001b');
  expect(formatDiagnostic(at(1, 1, 1), 'x', { color: true })).toContain('\u001b[31m');
});
