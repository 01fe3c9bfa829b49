import { describe, expect, test } from 'vitest';
import { readAdmissionOptions } from '../../bench/admission/options.ts';
import { listWith, PREFIXES } from '../../bench/admission/prefixes.ts';
import {
  type AdmissionReport,
  admissionText,
  admissionVerdicts,
  isAdmissionValid,
} from '../../bench/admission/report.ts';
import { benchAdmission } from '../../bench/admission.ts';
import { admissionPart } from '../../bench/page.ts';

function options(...args: readonly string[]) {
  const read = readAdmissionOptions(args);
  if (read === undefined) throw new Error('expected options');
  return read;
}

test('guards cost what is measured, and a flood that is refused wakes nobody', async () => {
  const small = ['--rounds', '2', '--connections', '40', '--trips', '100', '--flood', '200'];
  const report = await benchAdmission(
    options(...small, '--only', 'gate-built,tcpserver'),
    new AbortController().signal,
    () => undefined,
  );
  expect(report.rates.map(({ name, off, on }) => [name, off.length, on?.length])).toEqual([
    ['gate-built', 2, 2],
    ['tcpserver', 2, 2],
  ]);
  expect(report.trips.map(({ prefixes, tripUs }) => [prefixes, tripUs.length])).toEqual([
    [0, 2],
    [PREFIXES, 2],
  ]);
  const [gate, other] = report.floods;
  expect(gate?.refused).toMatchObject({ tried: 200, standing: 0, segments: 0, wakeUps: 0 });
  expect(gate?.refused.arrived).toBeGreaterThanOrEqual(200);
  // The same flood from a network of the list, and a server that accepts whom it refuses.
  for (const flood of [gate?.allowed, other?.refused]) {
    expect(flood?.standing).toBeGreaterThan(0);
    expect(flood?.segments).toBeGreaterThanOrEqual(flood?.standing ?? Number.NaN);
    expect(flood?.wakeUps).toBeGreaterThan(0);
  }
  expect(isAdmissionValid(report)).toBe(true);
  expect(admissionText(report)).toContain('v a refused flood: no wake-up of the gate: 0');
  expect(admissionPart(report)).toMatch(
    /^\| gate-built \| a refused prefix \| 200 \| \d+ \| 0 \| 0 \| 0 \|$/m,
  );
}, 240_000);

test('an interrupted run stops what it started and fails', async () => {
  const abort = new AbortController();
  const run = benchAdmission(options('--only', 'gate-built'), abort.signal, () => abort.abort());
  await expect(run).rejects.toThrow(/abort/i);
});

test('wrong options are refused with what was expected', () => {
  expect(() => options('--only', 'bare')).toThrow("found 'bare'");
  expect(() => options('--flood', '65537')).toThrow('--flood: expected a number from 1 to 65536');
});

test('a list has its own entries and others, of which none is there twice or beside another', () => {
  const list = listWith(['127'], (network) => network);
  expect(list).toHaveLength(PREFIXES);
  expect(new Set(list).size).toBe(PREFIXES);
  const numbers = list.slice(1).map((network) => {
    const [a = 0, b = 0, c = 0] = network.split('.').map(Number);
    return (a << 16) | (b << 8) | c;
  });
  const distances = numbers.slice(1).map((number, index) => number - (numbers[index] ?? 0));
  expect(Math.min(...distances)).toBeGreaterThan(1);
  expect(list.slice(1).filter((network) => /^(127|198)\./.test(network))).toEqual([]);
});

describe('a report', () => {
  const flood = { tried: 10, arrived: 30, standing: 10, segments: 20, wakeUps: 10 };
  const report: AdmissionReport = {
    host: { date: '2026-11-30', processor: 'x', cores: 2, kernel: '6.18', libc: 'glibc', node: '20' },
    options: options(),
    rates: [{ name: 'gate-built', guards: 'all', off: [100, 100], on: [90, 90] }],
    trips: [
      { prefixes: 0, tripUs: [10] },
      { prefixes: 1000, tripUs: [11] },
    ],
    floods: [{ name: 'gate-built', refused: flood, allowed: flood }],
    missing: [{ name: 'xinetd', install: 'apt-get' }],
  };

  test('says which bars are missed, and what is not there', () => {
    expect(admissionVerdicts(report).map(([, found, reached]) => [found, reached])).toEqual([
      ['0.900 x', false],
      ['1.100 x', false],
      ['10', false],
      ['20', false],
    ]);
    expect(admissionText(report)).toContain('xinetd is not there');
    expect(admissionPart(report)).toContain('Not there, so not measured: xinetd.');
  });

  test('of a flood that did not come or was not counted is invalid', () => {
    expect(isAdmissionValid(report)).toBe(true);
    const unseen = { name: 'a', refused: flood, allowed: { ...flood, wakeUps: 0 } };
    const lost = { name: 'a', refused: { ...flood, arrived: 0 }, allowed: flood };
    for (const floods of [[unseen], [lost]]) {
      expect(isAdmissionValid({ ...report, floods })).toBe(false);
      expect(admissionText({ ...report, floods })).toContain('invalid');
    }
  });
});
