import type * as z from 'zod';
import { converted, describe, type Refusal } from './refusal.ts';

/** (uid_t) -1 means "leave as it is" to setresuid(2), so no user has it. */
export const LARGEST_ID = 0xffff_fffe;

/** Reads the name or the number of an account. */
export function accountOf(value: unknown): string | number | Refusal {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LARGEST_ID) return value;
  if (typeof value === 'string' && /^\d+$/.test(value)) {
    return {
      code: 'account-name',
      message: `'${value}' is a number in quotes`,
      help: 'write it without quotes',
    };
  }
  if (typeof value === 'string' && value !== '' && !/[\s:/,\p{Cc}]/u.test(value)) return value;
  const help = `write a name, or a number from 0 to ${LARGEST_ID}`;
  return { code: 'account-name', message: `expected an account, found ${describe(value)}`, help };
}

const ACCOUNT_SHAPE = {
  anyOf: [
    { type: 'integer', minimum: 0, maximum: LARGEST_ID },
    { type: 'string', pattern: '^[^\\s:/,]+$' },
  ],
};

/** The name or the number of a user or a group. */
export const accountSchema: z.ZodType<string | number> = converted((value, refuse) => {
  const read = accountOf(value);
  return typeof read === 'object' ? refuse(read) : read;
}).meta(ACCOUNT_SHAPE);
