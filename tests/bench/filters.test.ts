import { expect, test } from 'vitest';
import { filterReportText } from '../../bench/filter-report.ts';
import { benchFilters } from '../../bench/filters.ts';
import { filtersPart } from '../../bench/page.ts';

const HERE = process.arch === 'x64';

test.runIf(HERE)(
  'filters of Docker`s profile are compiled, installed and measured',
  async () => {
    const options = { rounds: 1, calls: 1000, installs: 2, write: false };
    const report = await benchFilters(options, new AbortController().signal);
    expect(report.missing).toEqual([]);
    expect(report.filters.map(({ name }) => name)).toEqual([
      'no filter',
      'portcullis',
      'libseccomp, list',
      'libseccomp, tree',
    ]);
    const [none, ours, ...theirs] = report.filters;
    expect(none?.size).toBeUndefined();
    for (const { installUs, allowedNs, testedNs, deniedNs } of report.filters) {
      expect(installUs).toHaveLength(2);
      for (const times of [allowedNs, testedNs, deniedNs]) expect(times[0]).toBeGreaterThan(0);
    }
    for (const { size } of theirs) {
      expect(size?.allowed).toBe(ours?.size?.allowed);
      expect(size?.instructions).toBeGreaterThan(3 * (ours?.size?.instructions ?? 0));
      expect(size?.average).toBeGreaterThan(ours?.size?.average ?? 0);
    }
    expect(filterReportText(report)).toContain('portcullis');
    expect(filtersPart(report)).toContain('| portcullis | 77 |');
  },
  60_000,
);
