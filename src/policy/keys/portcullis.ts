import * as z from 'zod';
import type { PolicyKey } from './key.ts';

export const portcullis: PolicyKey<1> = {
  section: 'The service',
  description: 'The version of the policy language.',
  value: 'the number 1',
  example: 1,
  schema: z.literal(1),
};
