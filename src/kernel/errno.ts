import { ERRNOS } from './generated/errno.ts';

/** Other names for the same number. The C library adds ENOTSUP; the rest are the kernel's. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['ENOTSUP', 'EOPNOTSUPP'],
  ['EWOULDBLOCK', 'EAGAIN'],
  ['EDEADLOCK', 'EDEADLK'],
]);

const NUMBERS: ReadonlyMap<string, number> = new Map(Object.entries(ERRNOS));

const NAMES: ReadonlyMap<number, string> = new Map(
  [...NUMBERS].filter(([name]) => !ALIASES.has(name)).map(([name, number]) => [number, name]),
);

export const ERRNO_NAMES: readonly string[] = [...new Set([...NUMBERS.keys(), ...ALIASES.keys()])];

/** The largest errno that a filter can answer. Source: `MAX_ERRNO`, include/linux/err.h. */
export const MAX_ERRNO = 4095;

/** The number of an errno name, aliases included. */
export function errnoNumber(name: string): number | undefined {
  return NUMBERS.get(ALIASES.get(name) ?? name);
}

/** The same of a name that is written here. Throws for one that is not known. */
export function errnoOf(name: string): number {
  const number = errnoNumber(name);
  if (number === undefined) throw new RangeError(`no errno is called ${name}`);
  return number;
}

/** The usual name of an errno: EAGAIN rather than EWOULDBLOCK. */
export function errnoName(number: number): string | undefined {
  return NAMES.get(number);
}

/** The same for a message, which must name every number. */
export function errnoText(number: number): string {
  return errnoName(number) ?? `errno ${number}`;
}
