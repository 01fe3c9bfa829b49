import type { Architecture } from './architecture.ts';
import { CONSTANTS } from './generated/constants.ts';

/** One value everywhere, or one for each architecture that has the constant. Negative where C says so (`AT_FDCWD`). */
export type ConstantValue = bigint | { readonly x86_64?: bigint; readonly aarch64?: bigint };

const VALUES: ReadonlyMap<string, ConstantValue> = new Map(Object.entries(CONSTANTS));

export const CONSTANT_NAMES: readonly string[] = [...VALUES.keys()];

/** The value of a kernel constant such as `O_CREAT`; `undefined` when the architecture does not have it. */
export function constantValue(name: string, architecture: Architecture): bigint | undefined {
  const value = VALUES.get(name);
  return typeof value === 'object' ? value[architecture] : value;
}

/** The number of constants joined by `|`. Throws for one that is not known, or has another value on another architecture. */
export function constantNumber(names: string): number {
  return Number(constantBits(names));
}

/** The same for values of 64 bits. */
export function constantBits(names: string): bigint {
  return names.split('|').reduce((some, name) => {
    const value = VALUES.get(name);
    if (typeof value !== 'bigint')
      throw new RangeError(`'${name}' is no constant with one value on every architecture`);
    return some | value;
  }, 0n);
}
