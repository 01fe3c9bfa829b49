import * as z from 'zod';
import { plainText } from './refusal.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What the peer or the launcher sets: a policy must not forge it. */
const RESERVED = /^(PROTO$|TCP|REMOTE_|LISTEN_)/;

const variableName: z.ZodType<string, string> = z
  .string()
  .regex(NAME, {
    error: (issue) => `'${String(issue.input)}' is no name of a variable`,
  })
  .refine((name) => !RESERVED.test(name), {
    error: (issue) => `'${String(issue.input)}' is set for each connection and cannot be written here`,
    params: { code: 'environment-reserved' },
  });

export interface EnvironmentValues {
  readonly pass: readonly string[];
  readonly set: Readonly<Record<string, string>>;
}

export const environmentSchema: z.ZodType<EnvironmentValues> = z
  .strictObject({
    pass: z.array(variableName).prefault([]).meta({ description: "The caller's variables to hand on." }),
    set: z.record(variableName, plainText).prefault({}).meta({ description: 'Variables with their values.' }),
  })
  .prefault({})
  .meta({ description: 'The environment, beside PATH and what describes the peer.' });
