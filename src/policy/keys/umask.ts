import { converted, describe, type Refuse } from '../schema/refusal.ts';
import type { PolicyKey } from './key.ts';

/** YAML reads 0077 as the decimal number 77, so the text counts. */
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

export const umask: PolicyKey<number> = {
  section: 'Surroundings',
  description: 'The file mode creation mask, octal.',
  value: 'three or four octal digits',
  example: '0027',
  schema: converted(readUmask)
    .prefault('0077')
    .meta({
      anyOf: [
        { type: 'string', pattern: '^(0o)?[0-7]{1,4}$' },
        { type: 'integer', minimum: 0, maximum: 777 },
      ],
    }),
  flag: { kind: 'value', argument: 'MASK' },
  verbatim: 'value',
};
