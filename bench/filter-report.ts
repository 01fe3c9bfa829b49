import type { FilterReport, MeasuredFilter } from './filters.ts';
import { aligned } from './report.ts';
import { spread } from './statistics.ts';

export const FILTER_HEADINGS: readonly string[] = [
  'filter',
  'instructions',
  'executed for an allowed call: average, most',
  'compiled, ms: first, median',
  'installed, us',
  'allowed call, ns',
  'allowed for its argument, ns',
  'denied, ns',
];

function cell(values: readonly number[], digits = 0): string {
  if (values.length === 0) return '';
  const { median, min, max } = spread(values);
  return `${median.toFixed(digits)} (${min.toFixed(digits)}-${max.toFixed(digits)})`;
}

function compiled({ compileMs }: MeasuredFilter): string {
  const [first] = compileMs;
  return first === undefined ? '' : `${first.toFixed(1)}, ${spread(compileMs).median.toFixed(1)}`;
}

/** One row a filter, in the order of the headings. */
export function filterRows({ filters }: FilterReport): readonly (readonly string[])[] {
  return filters.map((filter) => [
    filter.name,
    filter.size === undefined ? '' : `${filter.size.instructions}`,
    filter.size === undefined ? '' : `${filter.size.average.toFixed(1)}, ${filter.size.most}`,
    compiled(filter),
    filter.size === undefined ? '' : cell(filter.installUs),
    cell(filter.allowedNs),
    cell(filter.testedNs),
    cell(filter.deniedNs),
  ]);
}

export function filterReportText(report: FilterReport): string {
  const missing = report.missing.map((name) => `${name} is not there: apt-get install libseccomp-dev`);
  return [...aligned(FILTER_HEADINGS, filterRows(report)), ...missing, ''].join('\n');
}
