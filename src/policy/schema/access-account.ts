import type { AccessAccount } from '../policy.ts';
import { LARGEST_ID } from './account.ts';
import type { Refusal } from './refusal.ts';

const CODE = 'access-account';

/** Returns whether a text is the entry of a user or a group, right or wrong. */
export function isAccountEntry(text: string): boolean {
  return /^(uid|gid|user|group):/.test(text);
}

export const ACCOUNT_PATTERN = '^(uid|gid):[0-9]+$|^(user|group):[^\\s:/,]+$';

/** Reads `uid:1000`, `gid:100`, `user:www-data` or `group:www-data`: peers of a UNIX socket. */
export function readAccountEntry(text: string): AccessAccount | Refusal {
  const [word = '', name = ''] = text.split(/:(.*)/s);
  const kind = word === 'uid' || word === 'user' ? 'user' : 'group';
  if (word === 'uid' || word === 'gid') {
    if (/^(0|[1-9]\d{0,9})$/.test(name) && Number(name) <= LARGEST_ID)
      return { kind, text, account: Number(name) };
    const message = `expected a number from 0 to ${LARGEST_ID}, found '${name}'`;
    return { code: CODE, message, help: `write ${word}:NUMBER, or ${kind}:NAME` };
  }
  if (name !== '' && !/^\d+$|[\s:/,\p{Cc}]/u.test(name)) return { kind, text, account: name };
  const help = /^\d+$/.test(name) ? `write ${kind === 'user' ? 'uid' : 'gid'}:${name}` : `write ${kind}:NAME`;
  return { code: CODE, message: `expected the name of a ${kind}, found '${name}'`, help };
}
