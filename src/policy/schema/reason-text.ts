import type * as z from 'zod';
import { plainText } from './refusal.ts';

/** A text that gives a reason, so it is not empty. */
export const reasonText: z.ZodType<string> = plainText.refine((text) => text.trim() !== '', {
  error: 'the reason is empty',
  params: { code: 'reason-empty' },
});
