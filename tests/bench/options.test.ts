import { describe, expect, test } from 'vitest';
import { readAdmissionOptions } from '../../bench/admission/options.ts';
import { COMMANDS } from '../../bench/commands.ts';
import { readFilterOptions } from '../../bench/filter-options.ts';
import { readIdleOptions } from '../../bench/idle-options.ts';
import { HELP, readOptions } from '../../bench/options.ts';
import { readPeersOptions } from '../../bench/peers/options.ts';
import { MOST_NUMBER, readNumber } from '../../bench/read-options.ts';
import { readRoundsOptions } from '../../bench/rounds/options.ts';
import { readSoakOptions } from '../../bench/soak/options.ts';

describe.each([
  ['servers', readOptions],
  ['filters', readFilterOptions],
  ['idle', readIdleOptions],
  ['rounds', readRoundsOptions],
  ['admission', readAdmissionOptions],
  ['peers', readPeersOptions],
  ['soak', readSoakOptions],
])('the options of %s', (_, read) => {
  test('have defaults, and those that every command has', () => {
    expect(read([])).toMatchObject({ write: false });
    expect(read([])).not.toHaveProperty('json');
    expect(read(['--json', 'file', '--write'])).toMatchObject({ json: 'file', write: true });
    expect(read(['--help'])).toBeUndefined();
  });

  test('are refused where they are unknown or lack a value', () => {
    expect(() => read(['--fast'])).toThrow('--fast');
    expect(() => read(['--json'])).toThrow('--json');
    expect(() => read(['more'])).toThrow('more');
  });
});

test('numbers are read up to a limit that the error names', () => {
  expect(readNumber('connections', '1000000', 1)).toBe(1_000_000);
  expect(readNumber('connections', `${MOST_NUMBER}`, 1)).toBe(MOST_NUMBER);
  expect(readNumber('connections', '0000007', 1)).toBe(7);
  for (const wrong of ['0', '1000000000', '99999999999999999999', '-1', '1.5', '1e3', '', ' 1'])
    expect(() => readNumber('connections', wrong, 1)).toThrow(
      `--connections: expected a number from 1 to 999999999, found '${wrong}'`,
    );
});

test('as many connections at a time are taken as the load generator has places for', () => {
  expect(readOptions(['--concurrency', '1024'])).toMatchObject({ concurrency: 1024 });
  for (const read of [readOptions, readIdleOptions, readAdmissionOptions])
    expect(() => read(['--concurrency', '1025'])).toThrow(
      "--concurrency: expected a number from 1 to 1024, found '1025'",
    );
});

test('names of a list are those that there are', () => {
  expect(readOptions(['--only', 'bare,gate'])).toMatchObject({ only: ['bare', 'gate'] });
  expect(() => readOptions(['--only', 'gate,apache'])).toThrow("found 'apache'");
});

test('the help names every command', () => {
  expect([...COMMANDS.keys()].sort()).toEqual(['admission', 'filters', 'idle', 'peers', 'rounds', 'soak']);
  for (const name of COMMANDS.keys()) expect(HELP).toContain(`npm run bench -- ${name} `);
});
