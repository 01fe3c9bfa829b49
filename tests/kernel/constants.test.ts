import { describe, expect, test } from 'vitest';
import { constantNumber } from '../../src/kernel/constants.ts';

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
