import * as z from 'zod';
import { CAPABILITY_NAMES, type CapabilityName } from '../../kernel/capabilities.ts';
import { nearest } from '../nearest.ts';
import { converted, describe, plainText, type Refuse } from './refusal.ts';

/** (uid_t) -1 means "leave as it is" to setresuid(2), so it is nobody's number. */
const LARGEST_ID = 0xffff_fffe;

function readAccount(value: unknown, refuse: Refuse): string | number | undefined {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LARGEST_ID) return value;
  if (typeof value === 'string' && /^\d+$/.test(value)) {
    return refuse({
      code: 'account-name',
      message: `'${value}' is a number in quotes`,
      help: 'write it without quotes',
    });
  }
  if (typeof value === 'string' && value !== '' && !/[\s:/,\p{Cc}]/u.test(value)) return value;
  const help = `write a name, or a number from 0 to ${LARGEST_ID}`;
  return refuse({ code: 'account-name', message: `expected an account, found ${describe(value)}`, help });
}

const ACCOUNT_SHAPE = {
  anyOf: [
    { type: 'integer', minimum: 0, maximum: LARGEST_ID },
    { type: 'string', pattern: '^[^\\s:/,]+$' },
  ],
};

export const userSchema: z.ZodType<string | number> = converted(readAccount)
  .prefault('nobody')
  .meta({ description: 'The user of the service, by name or number.', ...ACCOUNT_SHAPE });

export const groupSchema: z.ZodType<string | number | undefined> = converted(readAccount)
  .optional()
  .meta({ description: "The group of the service; the user's primary group if left out.", ...ACCOUNT_SHAPE });

export const groupsSchema: z.ZodType<readonly (string | number)[]> = z
  .array(converted(readAccount).meta(ACCOUNT_SHAPE))
  .prefault([])
  .meta({ description: 'Supplementary groups; none if left out.' });

export const reasonSchema: z.ZodType<string | undefined> = plainText
  .refine((text) => text.trim() !== '', { error: 'the reason is empty', params: { code: 'reason-empty' } })
  .optional()
  .meta({ description: 'Why the service needs user root.' });

function readCapability(value: unknown, refuse: Refuse): CapabilityName | undefined {
  const code = 'unknown-capability';
  if (typeof value !== 'string')
    return refuse({ code, message: `expected a capability, found ${describe(value)}` });
  const word = value.toUpperCase();
  const name = CAPABILITY_NAMES.find((candidate) => candidate === word || candidate === `CAP_${word}`);
  if (name !== undefined) return name;
  const near = nearest(word.startsWith('CAP_') ? word : `CAP_${word}`, CAPABILITY_NAMES);
  const help = near === undefined ? 'capabilities(7) lists the names' : `did you mean '${near}'?`;
  return refuse({ code, message: `unknown capability '${value}'`, help });
}

export const capabilitiesSchema: z.ZodType<readonly CapabilityName[]> = z
  .array(converted(readCapability).meta({ type: 'string', pattern: '^([Cc][Aa][Pp]_)?[A-Za-z_]+$' }))
  .prefault([])
  .meta({ description: 'Capabilities that the service keeps; none if left out.' });

/** YAML reads 0077 as the decimal number 77, so the text is what counts. */
function readUmask(value: unknown, refuse: Refuse): number | undefined {
  const digits = typeof value === 'string' ? /^(?:0o)?([0-7]{1,4})$/.exec(value)?.[1] : undefined;
  const mask = digits === undefined ? undefined : Number.parseInt(digits, 8);
  if (mask !== undefined && mask <= 0o777) return mask;
  const help = 'write three or four octal digits, as 0077';
  return refuse({
    code: 'umask-octal',
    message: `expected an octal mask up to 0777, found ${describe(value)}`,
    help,
  });
}

export const umaskSchema: z.ZodType<number> = converted(readUmask)
  .prefault('0077')
  .meta({
    description: 'File mode creation mask, octal.',
    anyOf: [
      { type: 'string', pattern: '^(0o)?[0-7]{1,4}$' },
      { type: 'integer', minimum: 0, maximum: 777 },
    ],
  });
