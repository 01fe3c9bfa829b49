import * as z from 'zod';
import { plainText } from './refusal.ts';

const name: z.ZodType<string, string> = z
  .string()
  .regex(/^([A-Za-z0-9_]+|executable-stack|writable-segment)$/, {
    error: (issue) =>
      `'${String(issue.input)}' is no name of a call, a capability or a trait of a program: write the one that the message names`,
  });

const reason: z.ZodType<string> = plainText.refine((text) => text.trim() !== '', {
  error: 'the reason is empty',
  params: { code: 'reason-empty' },
});

/** `accept`: reasons by the name of what is accepted. */
export const acceptSchema: z.ZodType<Readonly<Record<string, string>>> = z
  .record(name, reason)
  .prefault({})
  .meta({
    description:
      'What is reported and meant, by call, capability or trait of the program, each with its reason.',
  });
