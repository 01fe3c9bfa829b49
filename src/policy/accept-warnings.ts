import { type Diagnostic, hasErrors } from './diagnostic.ts';
import type { Policy } from './policy.ts';

/**
 * Warnings that a policy accepts become notes with its reasons, and so do the errors that have a name for it. A warning
 * of several calls is accepted when each of them is. A reason without a warning is itself a warning: it would silence
 * the next warning unread.
 */
export function acceptWarnings(
  { accept, spans }: Policy,
  diagnostics: readonly Diagnostic[],
): readonly Diagnostic[] {
  const judged = diagnostics.map((diagnostic): Diagnostic => {
    const { about = [], severity, message } = diagnostic;
    if (severity === 'note' || about.length === 0 || !about.every((name) => accept.has(name)))
      return diagnostic;
    const reasons = [...new Set(about.map((name) => accept.get(name)))].join('; ');
    return { ...diagnostic, severity: 'note', message: `${message}; accepted: ${reasons}`, help: undefined };
  });
  if (hasErrors(judged)) return judged;
  const warned = new Set(diagnostics.flatMap(({ about = [] }) => about));
  const unused = [...accept.keys()].filter((name) => !warned.has(name));
  return [
    ...judged,
    ...unused.map(
      (name): Diagnostic => ({
        code: 'accept-unused',
        severity: 'warning',
        message: `'${name}' is accepted, but no warning has that name`,
        span: spans.get(`accept.${name}`),
        help: 'leave it out: it would accept the next warning unread',
      }),
    ),
  ];
}
