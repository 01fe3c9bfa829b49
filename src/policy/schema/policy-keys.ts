import * as z from 'zod';
import type { Policy } from '../policy.ts';
import { acceptSchema } from './accept.ts';
import { type EnvironmentValues, environmentSchema } from './environment.ts';
import { type FilterValues, filterSchema } from './filter.ts';
import {
  capabilitiesSchema,
  groupSchema,
  groupsSchema,
  reasonSchema,
  umaskSchema,
  userSchema,
} from './identity.ts';
import { limitsSchema } from './limits.ts';
import { listenSchema } from './listen.ts';
import { directorySchema, rootSchema, writableSchema, writeAndRunSchema } from './paths.ts';
import { plainText } from './refusal.ts';
import { rlimitsSchema } from './rlimits.ts';

/** The values of a policy under the names of its keys, defaults filled in. */
export interface PolicyValues {
  readonly portcullis: 1;
  readonly service: string;
  readonly description: string | undefined;
  readonly listen: Policy['listen'] | undefined;
  readonly run: readonly string[];
  readonly handoff: Policy['handoff'];
  readonly 'listen-fds': boolean;
  readonly user: string | number;
  readonly group: string | number | undefined;
  readonly groups: readonly (string | number)[];
  readonly reason: string | undefined;
  readonly accept: Readonly<Record<string, string>>;
  readonly capabilities: Policy['capabilities'];
  readonly umask: number;
  readonly environment: EnvironmentValues;
  readonly directory: string;
  readonly stderr: Policy['stderr'];
  readonly exec: Policy['exec'];
  readonly rlimits: Policy['rlimits'];
  readonly root: string | undefined;
  readonly writable: readonly string[];
  readonly 'write-and-run': readonly string[];
  readonly network: Policy['network'];
  readonly landlock: Policy['landlock'];
  readonly limits: Policy['limits'];
  readonly seccomp: FilterValues;
}

/** Each top-level key with its schema: what the parser, the JSON Schema and the messages are made from. */
export const POLICY_KEYS: { readonly [Key in keyof PolicyValues]: z.ZodType<PolicyValues[Key]> } = {
  portcullis: z.literal(1).meta({ description: 'Version of the policy language.' }),
  service: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, {
      error: 'a service is named by small letters, digits, . _ and -, at most 63 of them',
    })
    .meta({ description: 'Name of the service, for logs and process names.' }),
  description: plainText.optional().meta({ description: 'One line for people.' }),
  listen: listenSchema,
  run: z
    .array(plainText)
    .min(1)
    .meta({ description: 'The program and its arguments; the program is an absolute path inside the root.' }),
  handoff: z.enum(['connection', 'listener']).prefault('connection').meta({
    description:
      'What the service gets on descriptor 0: each connection (inetd nowait) or the listener (wait).',
  }),
  'listen-fds': z
    .boolean()
    .prefault(false)
    .meta({ description: 'With handoff listener: also descriptor 3 and LISTEN_FDS, as systemd does.' }),
  user: userSchema,
  group: groupSchema,
  groups: groupsSchema,
  reason: reasonSchema,
  accept: acceptSchema,
  capabilities: capabilitiesSchema,
  umask: umaskSchema,
  environment: environmentSchema,
  directory: directorySchema,
  stderr: z
    .enum(['log', 'null', 'socket'])
    .prefault('log')
    .meta({
      description: 'Where descriptor 2 leads.',
      type: ['string', 'null'],
      enum: ['log', 'null', 'socket', null],
    }),
  exec: z
    .enum(['once', 'allow'])
    .prefault('once')
    .meta({ description: 'Whether the service may start programs.' }),
  rlimits: rlimitsSchema,
  root: rootSchema,
  writable: writableSchema,
  'write-and-run': writeAndRunSchema,
  network: z
    .enum(['none', 'host'])
    .prefault('none')
    .meta({ description: 'The network namespace of the sessions.' }),
  landlock: z
    .enum(['required', 'best-effort'])
    .prefault('required')
    .meta({ description: 'What to do on a kernel without Landlock.' }),
  limits: limitsSchema,
  seccomp: filterSchema,
};
