import type * as z from 'zod';
import { POLICY_KEYS, type PolicyValues } from './keys/registry.ts';
import { policyKeysAt } from './known-keys.ts';
import { isMapping } from './mapping.ts';
import { type SchemaProblem, schemaProblems, unknownKey } from './schema-problem.ts';

/** The values of a mapping, as far as they are right. */
export interface ReadValues {
  /** Keys that are wrong as a whole are left out; of a group such as `limits`, wrong keys have their defaults. */
  readonly values: Partial<PolicyValues>;
  /** The wrong keys of groups, such as `limits.sessions`. Their values are defaults. */
  readonly refused: ReadonlySet<string>;
  readonly problems: readonly SchemaProblem[];
}

/**
 * Reads each key by itself, so that one wrong value hides no other. The keys of `settled` are neither read nor
 * reported.
 */
export function readValues(
  mapping: Readonly<Record<string, unknown>>,
  settled: ReadonlySet<string>,
): ReadValues {
  const values: Record<string, unknown> = {};
  const refused = new Set<string>();
  const problems: SchemaProblem[] = [];
  for (const [key, { schema }] of Object.entries(POLICY_KEYS)) {
    if (settled.has(key)) continue;
    const result = schema.safeParse(mapping[key], { reportInput: true });
    if (result.success) {
      values[key] = result.data;
      continue;
    }
    const { issues } = result.error;
    for (const issue of issues)
      problems.push(...schemaProblems({ ...issue, path: [key, ...issue.path] }, policyKeysAt));
    const wrong = wrongKeys(issues);
    for (const inner of wrong) refused.add(`${key}.${inner}`);
    const rest = schema.safeParse(without(mapping[key], wrong));
    if (rest.success) values[key] = rest.data;
  }
  const known = policyKeysAt([]);
  const unknown = Object.keys(mapping).filter((key) => !known.includes(key));
  return {
    values,
    refused,
    problems: [...problems, ...unknown.map((key) => unknownKey(key, [], known))],
  };
}

function wrongKeys(issues: readonly z.core.$ZodIssue[]): ReadonlySet<string> {
  return new Set(
    issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys' && issue.path.length === 0
        ? issue.keys
        : issue.path.slice(0, 1).map(String),
    ),
  );
}

/** A group without some of its keys. What is no group stays as it is, and wrong. */
function without(value: unknown, keys: ReadonlySet<string>): unknown {
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.has(key)));
}
