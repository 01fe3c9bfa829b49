import type { OptionDescription } from './command-description.ts';
import { archOption, OUTPUT_OPTION } from './shared-options.ts';

/** Options that `import` and `export` share. */
export const CONVERT_OPTIONS: readonly OptionDescription[] = [
  OUTPUT_OPTION,
  archOption('the machine that the filter is for; this one when absent'),
  { name: 'json', kind: 'boolean', describe: 'print the result and the problems as one JSON object' },
  { name: 'strict', kind: 'boolean', describe: 'count each loss as a finding' },
];

/** The formats of a command in one sentence. */
export function formatList(formats: Readonly<Record<string, string>>): string {
  return Object.entries(formats)
    .map(([name, describe]) => `${name} (${describe})`)
    .join('; ');
}
