import { constantNumber } from './constants.ts';

/** The last real-time signal. Source: `_NSIG`, include/uapi/asm-generic/signal.h. */
export const LAST_SIGNAL = 64;

/** A set of 64 signals, as the kernel has it: all of them. */
export const ALL_SIGNALS = 0xffff_ffff_ffff_ffffn;

/** A set of signals by name. */
export function signalSet(names: readonly string[]): bigint {
  return names.reduce((set, name) => set | (1n << BigInt(constantNumber(name) - 1)), 0n);
}
