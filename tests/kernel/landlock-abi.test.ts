import { describe, expect, test } from 'vitest';
import { constantBits } from '../../src/kernel/constants.ts';
import { LANDLOCK_ABIS, landlockAbiOf, landlockBits, SESSIONS_APART } from '../../src/kernel/landlock-abi.ts';
import { syscallSince } from '../../src/kernel/system-call-age.ts';

describe('the versions of Landlock', () => {
  test('follow one another, and the first came with its system calls', () => {
    expect(LANDLOCK_ABIS.map(({ abi }) => abi)).toEqual(LANDLOCK_ABIS.map((_, index) => index + 1));
    expect(LANDLOCK_ABIS[0]?.since).toEqual(syscallSince('landlock_create_ruleset'));
  });

  test.each([
    [5, 12, 0],
    [5, 13, 1],
    [5, 18, 1],
    [6, 1, 2],
    [6, 12, 6],
    [6, 14, 6],
    [6, 15, 7],
    [7, 0, 7],
  ])('Linux %d.%d has version %d', (major, minor, abi) => {
    expect(landlockAbiOf({ major, minor })).toBe(abi);
  });

  /** As include/uapi/linux/landlock.h has them, by number. */
  test.each([
    [0, undefined, undefined, undefined],
    [1, 0x1ff2n, undefined, undefined],
    [2, 0x3ff2n, undefined, undefined],
    [3, 0x7ff2n, undefined, undefined],
    [4, 0x7ff2n, 3n, undefined],
    [5, 0xfff2n, 3n, undefined],
    [6, 0xfff2n, 3n, 3n],
    [8, 0xfff2n, 3n, 3n],
  ])('version %d has these bits', (abi, writing, ports, scopes) => {
    const bits = (['writing', 'ports', 'scopes'] as const).map((kind) => landlockBits(abi, kind));
    expect(bits).toEqual([writing, ports, scopes]);
  });

  test('sessions are kept apart by the one that scopes signals', () => {
    expect(SESSIONS_APART).toMatchObject({ abi: 6, since: { major: 6, minor: 12 } });
    expect((landlockBits(6, 'scopes') ?? 0n) & constantBits('LANDLOCK_SCOPE_SIGNAL')).not.toBe(0n);
  });
});
