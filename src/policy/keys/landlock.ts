import * as z from 'zod';
import type { PolicyKey } from './key.ts';

export const landlock: PolicyKey<'required' | 'best-effort'> = {
  section: 'Boundaries',
  description: 'The use of Landlock: required, or as far as the kernel has it.',
  details:
    '`required`: without Landlock ABI 6, which is Linux 6.12, the service does not start. `best-effort`: it starts with the part of Landlock that the kernel has.',
  value: 'a word',
  example: 'best-effort',
  schema: z.enum(['required', 'best-effort']).prefault('required'),
  flag: { kind: 'value' },
};
