/**
 * Filters are made of 64-bit numbers. Some releases of QuickJS answer -1n here, and what they compile lets calls through that
 * the rules stop: in such a runtime nothing is to be had.
 */
if (BigInt.asUintN(32, -1n) !== 0xffff_ffffn || BigInt.asUintN(64, -1n) !== 0xffff_ffff_ffff_ffffn)
  throw new Error(
    'BigInt.asUintN of this JavaScript runtime is wrong, and filters would be as well; use a newer one',
  );

export {};
