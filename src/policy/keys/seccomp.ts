import * as z from 'zod';
import { converted, describe, plainText, type Refuse } from '../schema/refusal.ts';
import type { DenialReport } from '../seccomp-policy.ts';
import { type InnerKeys, type PolicyKey, schemasOf } from './key.ts';

/** YAML reads 6.10 as the number 6.1, so the text counts. */
function readKernel(value: unknown, refuse: Refuse): string | undefined {
  if (typeof value === 'string' && /^[1-9]\d{0,2}\.\d{1,3}$/.test(value)) return value;
  const help = 'write major and minor, as "6.1"';
  return refuse({
    code: 'seccomp-kernel',
    message: `expected a kernel version, found ${describe(value)}`,
    help,
  });
}

const groupName: z.ZodType<string, string> = z.string().regex(/^@[a-z0-9][a-z0-9-]*$/, {
  error: (issue) => `'${String(issue.input)}' is no name of a group: write @ and small letters, digits, -`,
});

const KEYS = {
  default: {
    description: 'The action for every call that no rule names.',
    value: 'an action',
    example: 'errno(EPERM)',
    schema: plainText.prefault('kill_process'),
    flag: { kind: 'value', argument: 'ACTION', completes: 'action' },
  },
  kernel: {
    description: 'The kernel that the policy was written for: calls younger than it answer ENOSYS.',
    value: 'major and minor version in quotes',
    example: '6.1',
    schema: converted(readKernel)
      .optional()
      .meta({ anyOf: [{ type: 'string', pattern: '^[1-9][0-9]{0,2}\\.[0-9]{1,3}$' }, { type: 'number' }] }),
    flag: { kind: 'value', argument: 'VERSION' },
    verbatim: 'value',
  },
  rules: {
    description: 'System calls, groups and conditions that are allowed or answered.',
    value: 'a list of rules',
    example: ['@start', 'read', 'write(fd in {1, 2})'],
    schema: z.array(plainText).prefault(['@service']),
    flag: { kind: 'list', name: 'rule', argument: 'RULE', completes: 'rule' },
  },
  groups: {
    description: 'Groups of rules that this policy defines for itself.',
    value: 'names that begin with @, with lists of rules',
    example: { '@mine': ['read', 'write(fd in {1, 2})'] },
    schema: z.record(groupName, z.array(plainText)).prefault({}),
    flag: { kind: 'entry-list', name: 'seccomp-group', argument: '@NAME=RULE' },
  },
  weights: {
    description: 'Counts of calls that the service makes: the filter finds the frequent ones first.',
    details:
      '`strace -c` prints such counts. They decide how soon the filter finds a call, not how it answers.',
    value: 'names of calls, with numbers',
    example: { futex: 4210, read: 380 },
    schema: z.record(z.string(), z.int().min(0)).optional(),
    flag: { kind: 'entry', name: 'seccomp-weight', argument: 'NAME=COUNT', numeric: true },
  },
  report: {
    description: 'Who reports a denied call: gate, which ends the process, or kernel, by its audit, or none.',
    details:
      'By default `gate`. Where the gate may be unable to end the process (`user: root`, `CAP_SETUID`) and where the service may load a filter with a listener of its own it is `kernel`, which takes root of the host (`CAP_AUDIT_READ`), and elsewhere `none`.',
    value: 'a word',
    absent: '`gate`, where it can, or else `kernel`',
    example: 'none',
    schema: z.enum(['gate', 'kernel', 'none']).optional(),
    flag: { kind: 'value' },
  },
} satisfies InnerKeys;

export interface FilterValues {
  readonly default: string;
  readonly kernel: string | undefined;
  readonly rules: readonly string[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly weights: Readonly<Record<string, number>> | undefined;
  readonly report: DenialReport | undefined;
}

export const seccomp: PolicyKey<FilterValues> = {
  section: 'System calls',
  description: 'The system calls of the service.',
  value: 'a mapping',
  schema: z
    .strictObject(schemasOf(KEYS))
    .transform((filter) => ({
      ...filter,
      kernel: filter.kernel,
      weights: filter.weights,
      report: filter.report,
    }))
    .prefault({}),
  keys: KEYS,
};
