import { errnoName, errnoOf } from '../../kernel/errno.ts';

const LAST_ERRNO = errnoOf('EHWPOISON');

/** The names of the errnos from 0 on, each with its zero; the zero of the string ends them. */
export function errnoNames(): string {
  const names = Array.from({ length: LAST_ERRNO + 1 }, (_, number) => errnoName(number) ?? '?');
  return names.map((name) => `${name}\0`).join('');
}
