import { readdirSync, readFileSync } from 'node:fs';
import { formatDiagnostic } from '../../src/cli/print/print-diagnostics.ts';
import type { Diagnostic } from '../../src/policy/diagnostic.ts';

/** The policies beside the golden files of a folder in `tests`, as name and text. */
export function goldenPolicies(folder: string): readonly (readonly [name: string, text: string])[] {
  const place = new URL(`../${folder}/golden/`, import.meta.url);
  return readdirSync(place)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => [name, readFileSync(new URL(name, place), 'utf8')]);
}

/** Problems of a policy as `check` prints them. */
export function printedProblems(diagnostics: readonly Diagnostic[], text: string): string {
  return diagnostics
    .map((diagnostic) => `${formatDiagnostic(diagnostic, text, { color: false })}\n`)
    .join('');
}

/** The golden file of a policy, for a test beside its folder. */
export function goldenFile(name: string): string {
  return `golden/${name.replace(/yaml$/, 'txt')}`;
}
