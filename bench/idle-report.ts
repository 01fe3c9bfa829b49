import type { IdleReport } from './idle.ts';
import { aligned } from './report.ts';
import { spread } from './statistics.ts';
import { ratio } from './targets.ts';

/** At most so many times what a connection takes with the fewest. */
const TARGET = 1.1;

export const IDLE_HEADINGS: readonly string[] = ['idle sessions', 'gate, us a connection', 'x the first', ''];

/** One row a gate, in the order of the headings. */
export function idleRows({ gates }: IdleReport): readonly (readonly string[])[] {
  const [first] = gates;
  return gates.map(({ sessions, gateUs }) => {
    const { median, min, max } = spread(gateUs);
    const found = ratio(gateUs, first?.gateUs ?? gateUs);
    const verdict = found <= TARGET ? `at most ${TARGET} x: reached` : `at most ${TARGET} x: not reached`;
    return [
      `${sessions}`,
      `${median.toFixed(0)} (${min.toFixed(0)}-${max.toFixed(0)})`,
      found.toFixed(2),
      sessions === first?.sessions ? '' : verdict,
    ];
  });
}

/** For a terminal: medians, with the least and the most in parentheses. */
export function idleReportText(report: IdleReport): string {
  return aligned(IDLE_HEADINGS, idleRows(report)).join('\n');
}
