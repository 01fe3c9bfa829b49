/**
 * Refuses runtimes with wrong 64-bit arithmetic, of which filters are made. Some releases of QuickJS answer -1n here, and
 * filters compiled there would let denied calls through.
 */
if (BigInt.asUintN(32, -1n) !== 0xffff_ffffn || BigInt.asUintN(64, -1n) !== 0xffff_ffff_ffff_ffffn)
  throw new Error(
    'BigInt.asUintN of this JavaScript runtime is wrong, and filters would be as well; use a newer one',
  );

export {};
