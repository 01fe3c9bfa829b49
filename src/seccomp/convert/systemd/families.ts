import { CONSTANT_NAMES, constantValue } from '../../../kernel/constants.ts';

/** The names that systemd has for address families; AF_UNSPEC is none. */
export const FAMILY_NAMES: readonly string[] = CONSTANT_NAMES.filter(
  (name) => /^AF_/.test(name) && name !== 'AF_UNSPEC' && name !== 'AF_MAX',
);

/** The usual ones of several names for one family. */
const USUAL: readonly string[] = ['AF_NETLINK', 'AF_UNIX'];

/** One name for each family: AF_LOCAL is AF_UNIX. */
export function canonicalFamily(name: string): string {
  const value = constantValue(name, 'x86_64');
  const same = (candidate: string): boolean => constantValue(candidate, 'x86_64') === value;
  return USUAL.find(same) ?? FAMILY_NAMES.find(same) ?? name;
}

/** Each family once. */
export const FAMILIES: readonly string[] = [...new Set(FAMILY_NAMES.map(canonicalFamily))].sort();
