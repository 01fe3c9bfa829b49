import * as z from 'zod';
import { reasonText } from '../schema/reason-text.ts';
import type { PolicyKey } from './key.ts';

const name: z.ZodType<string, string> = z.string().regex(/^[A-Za-z0-9_-]+$/, {
  error: (issue) =>
    `'${String(issue.input)}' is no name of a call, a capability, a key or a trait of a program: write the one that the message names`,
});

/** Reasons by the name of the accepted thing. */
export const accept: PolicyKey<ReadonlyMap<string, string>> = {
  section: 'Identity',
  description:
    'Accept a warning about a call, a capability, a key or a trait of the program, and give the reason.',
  details:
    'The name is the one in the message of portcullis-check(1), whose warning becomes a note with this reason. The error about a program with memory that is writable and executable is accepted as `executable-stack` or `writable-segment`. A name without a report is a warning.',
  value: 'names of calls, capabilities, keys and traits of a program with texts',
  example: { kill: 'its two halves end each other' },
  schema: z
    .record(name, reasonText)
    .transform((reasons): ReadonlyMap<string, string> => new Map(Object.entries(reasons)))
    .prefault({}),
  flag: { kind: 'entry', argument: 'NAME=REASON' },
};
