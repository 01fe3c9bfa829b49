import { errnoName } from '../../kernel/errno.ts';

/** EHWPOISON, include/uapi/asm-generic/errno.h. */
const LAST_ERRNO = 133;

/** The names of the errnos from 0 on, each with its zero; the zero of the string ends them. */
export function errnoNames(): string {
  const names = Array.from({ length: LAST_ERRNO + 1 }, (_, number) => errnoName(number) ?? '?');
  return names.map((name) => `${name}\0`).join('');
}
