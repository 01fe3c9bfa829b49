import type * as z from 'zod';
import { nearest } from './nearest.ts';
import { describe } from './schema/refusal.ts';

type Issue = z.core.$ZodIssue;

/** A problem of one value, before its place in the file is known. */
export interface SchemaProblem {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly at: 'key' | 'value';
  readonly message: string;
  readonly help: string | undefined;
}

/** The problems behind one issue of zod, in the words of a policy. `keys` names the keys that the mapping at a path may have. */
export function schemaProblems(
  issue: Issue,
  keys: (path: readonly PropertyKey[]) => readonly string[],
): readonly SchemaProblem[] {
  const base = { path: issue.path, at: 'value' as const };
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, issue.path, keys(issue.path)));
    case 'invalid_value':
      if (issue.input === undefined) return [{ ...base, ...wrongType(undefined, 'string', issue.path) }];
      return [{ ...base, ...unknownValue(issue.input, issue.values.map(String)) }];
    case 'invalid_type':
      return [{ ...base, ...wrongType(issue.input, issue.expected, issue.path) }];
    case 'too_small':
    case 'too_big':
      return [{ ...base, code: 'out-of-range', ...range(issue) }];
    case 'invalid_key':
      return issue.issues.map((inner) => ({ ...base, at: 'key', ...custom(inner) }));
    default:
      return [{ ...base, ...custom(issue) }];
  }
}

/** A key that does not exist, with the nearest that does. */
export function unknownKey(
  key: string,
  path: readonly PropertyKey[],
  known: readonly string[],
): SchemaProblem {
  const near = nearest(key, known);
  const help = near === undefined ? `the keys here are ${known.join(', ')}` : `did you mean '${near}'?`;
  return { code: 'unknown-key', path: [...path, key], at: 'key', message: `unknown key '${key}'`, help };
}

function unknownValue(input: unknown, values: readonly string[]): Omit<SchemaProblem, 'path' | 'at'> {
  const expected = values.map((value) => `'${value}'`).join(' or ');
  const near = typeof input === 'string' ? nearest(input, values) : undefined;
  const help = near === undefined ? undefined : `did you mean '${near}'?`;
  return { code: 'unknown-value', message: `expected ${expected}, found ${describe(input)}`, help };
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a whole number',
};

function wrongType(
  input: unknown,
  expected: string,
  path: readonly PropertyKey[],
): Omit<SchemaProblem, 'path' | 'at'> {
  const key = String(path.at(-1));
  if (input === undefined)
    return { code: 'missing-key', message: `the key '${key}' is missing`, help: undefined };
  const message = `expected ${TYPES[expected] ?? expected}, found ${describe(input)}`;
  return { code: 'wrong-type', message, help: typeHelp(input, expected, key) };
}

function typeHelp(input: unknown, expected: string, key: string): string | undefined {
  if (expected === 'array' && typeof input === 'string') {
    return `write a list: ${key}: [${input.trim().split(/\s+/).join(', ')}]`;
  }
  const scalar = typeof input === 'number' || typeof input === 'boolean' || typeof input === 'bigint';
  return expected === 'string' && scalar ? `put it in quotes: "${input}"` : undefined;
}

function range(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): {
  message: string;
  help: undefined;
} {
  const found = describe(issue.input);
  if (issue.origin === 'array') return { message: 'the list is empty', help: undefined };
  const bound = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  return { message: `expected ${bound}, found ${found}`, help: undefined };
}

function custom(issue: Issue): { code: string; message: string; help: string | undefined } {
  const params = issue.code === 'custom' ? issue.params : undefined;
  const code: unknown = params?.['code'];
  const help: unknown = params?.['help'];
  return {
    code: typeof code === 'string' ? code : 'wrong-form',
    message: issue.message,
    help: typeof help === 'string' ? help : undefined,
  };
}
