import { describe, expect, test } from 'vitest';
import { constantBits, constantNumber } from '../../src/kernel/constants.ts';
import { ERRNO_NAMES, errnoName, errnoOf } from '../../src/kernel/errno.ts';
import { RLIMIT_NAMES, RLIMITS } from '../../src/kernel/rlimits.ts';
import { signalSet } from '../../src/kernel/signals.ts';

describe('the number of constants', () => {
  test('is that of one, or of several joined by |', () => {
    expect(constantNumber('MAP_ANONYMOUS')).toBe(0x20);
    expect(constantNumber('MAP_SHARED|MAP_ANONYMOUS|MAP_POPULATE')).toBe(0x8021);
  });

  test.each(['MAP_SHARD', 'MAP_SHARED | MAP_ANONYMOUS', 'constructor', ''])(
    "is refused for '%s'",
    (names) => {
      expect(() => constantNumber(names)).toThrow('is no constant with one value on every architecture');
    },
  );

  test('is refused where it depends on the architecture', () => {
    expect(() => constantNumber('O_DIRECTORY')).toThrow(
      'is no constant with one value on every architecture',
    );
  });
});

test('the limits have the numbers of the kernel', () => {
  for (const name of RLIMIT_NAMES)
    expect([name, constantNumber(`RLIMIT_${name.toUpperCase()}`)]).toEqual([name, RLIMITS[name]]);
});

test('the bits of constants', () => {
  expect(constantBits('SECBIT_NOROOT|SECBIT_KEEP_CAPS_LOCKED')).toBe(0x21n);
  expect(() => constantBits('SECBIT_NOROT')).toThrow('is no constant');
});

test('a set of signals has the bit before the number of each', () => {
  expect(signalSet(['SIGHUP', 'SIGCHLD'])).toBe(0x1_0001n);
  expect(signalSet([])).toBe(0n);
});

test('a flag of terminals is no errno', () => {
  expect(errnoName(16)).toBe('EBUSY');
  expect(ERRNO_NAMES.filter((name) => name.startsWith('ECH'))).toEqual(['ECHILD', 'ECHRNG']);
  expect(constantNumber('ECHOE')).toBe(16);
});

test('an errno that is not known is a mistake', () => {
  expect(errnoOf('EPERM')).toBe(1);
  expect(() => errnoOf('EPERMM')).toThrow('no errno is called EPERMM');
});
