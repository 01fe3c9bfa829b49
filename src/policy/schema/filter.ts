import * as z from 'zod';
import { converted, describe, plainText, type Refuse } from './refusal.ts';

/** YAML reads 6.10 as the number 6.1, so the text is what counts. */
function readKernel(value: unknown, refuse: Refuse): string | undefined {
  if (typeof value === 'string' && /^[1-9]\d{0,2}\.\d{1,3}$/.test(value)) return value;
  const help = 'write major and minor, as "6.1"';
  return refuse({
    code: 'seccomp-kernel',
    message: `expected a kernel version, found ${describe(value)}`,
    help,
  });
}

export interface FilterValues {
  readonly default: string;
  readonly kernel: string | undefined;
  readonly rules: readonly string[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly weights: Readonly<Record<string, number>> | undefined;
}

const groupName: z.ZodType<string, string> = z.string().regex(/^@[a-z0-9][a-z0-9-]*$/, {
  error: (issue) => `'${String(issue.input)}' is no name of a group: write @ and small letters, digits, -`,
});

export const filterSchema: z.ZodType<FilterValues> = z
  .strictObject({
    default: plainText
      .prefault('kill_process')
      .meta({ description: 'The action for every call that no rule names.' }),
    kernel: converted(readKernel)
      .optional()
      .meta({
        description: 'The kernel that the policy was written for: calls younger than it answer ENOSYS.',
        anyOf: [{ type: 'string', pattern: '^[1-9][0-9]{0,2}\\.[0-9]{1,3}$' }, { type: 'number' }],
      }),
    rules: z
      .array(plainText)
      .prefault(['@start', '@stdio', '@socket'])
      .meta({ description: 'System calls, groups and conditions that are allowed or answered.' }),
    groups: z
      .record(groupName, z.array(plainText))
      .prefault({})
      .meta({ description: 'Groups of rules that this policy defines for itself.' }),
    weights: z
      .record(z.string(), z.int().min(0))
      .optional()
      .meta({ description: 'How often the service makes calls: the filter finds the frequent ones first.' }),
  })
  .transform((filter) => ({ ...filter, kernel: filter.kernel, weights: filter.weights }))
  .prefault({})
  .meta({ description: 'The system calls of the service.' });
