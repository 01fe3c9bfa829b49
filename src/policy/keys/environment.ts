import * as z from 'zod';
import { plainText } from '../schema/refusal.ts';
import { type InnerKeys, type PolicyKey, schemasOf } from './key.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Variables that the peer or the launcher sets: a policy must not forge them. */
const RESERVED = /^(PROTO$|TCP|UDP|IPC|REMOTE_|LISTEN_)/;

const variableName: z.ZodType<string, string> = z
  .string()
  .regex(NAME, {
    error: (issue) => `'${String(issue.input)}' is no name of a variable`,
  })
  .refine((name) => !RESERVED.test(name), {
    error: (issue) => `'${String(issue.input)}' is set for each connection and cannot be written here`,
    params: { code: 'environment-reserved' },
  });

const KEYS = {
  pass: {
    description: 'Variables of the caller to pass on; empty by default.',
    value: 'a list of names',
    example: ['TZ'],
    schema: z.array(variableName).prefault([]),
    flag: { kind: 'list', name: 'pass-env', argument: 'NAME', completes: 'variable' },
  },
  set: {
    description: 'Variables with their values.',
    value: 'names with values',
    example: { LANG: 'C' },
    schema: z
      .record(variableName, plainText)
      .transform((variables): ReadonlyMap<string, string> => new Map(Object.entries(variables)))
      .prefault({}),
    flag: { kind: 'entry', name: 'env', argument: 'NAME=VALUE' },
    verbatim: 'items',
  },
  peer: {
    description: 'Variables that describe the peer of a session.',
    details: 'With `false` a session has none of them; the program can still ask its socket.',
    value: '`true` or `false`',
    example: false,
    schema: z.boolean().prefault(true),
    flag: { kind: 'switch', name: 'peer-env' },
  },
} satisfies InnerKeys;

export interface EnvironmentValues {
  readonly pass: readonly string[];
  readonly set: ReadonlyMap<string, string>;
  /** A session has the variables about its peer. */
  readonly peer: boolean;
}

export const environment: PolicyKey<EnvironmentValues> = {
  section: 'The environment',
  description: 'The environment, beside PATH and the variables that describe the peer.',
  details:
    'The variables of the caller are not inherited. The peer is described by `PROTO`, `TCPREMOTEIP`, `TCPREMOTEPORT`, `TCPLOCALIP`, `TCPLOCALPORT`, `REMOTE_ADDR` and `REMOTE_PORT`; with `handoff: peer` by the same with `UDP` for `TCP`; over a UNIX socket by `PROTO`, `IPCREMOTEEUID`, `IPCREMOTEEGID`, `IPCREMOTEPATH` and `IPCCONNNUM`. Names that begin with `TCP`, `UDP`, `IPC`, `REMOTE_` or `LISTEN_`, and `PROTO`, cannot be written here.',
  value: 'a mapping',
  schema: z.strictObject(schemasOf(KEYS)).prefault({}),
  keys: KEYS,
};
