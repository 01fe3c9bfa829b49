import * as z from 'zod';
import type { PolicyKey } from './keys/key.ts';
import { POLICY_KEYS } from './keys/registry.ts';
import { isMapping } from './mapping.ts';

/**
 * The JSON Schema (draft-07, which the YAML language server reads) of a policy, for editors. Only `portcullis check` knows
 * the filter rules and how keys fit together.
 */
export function jsonSchema(): object {
  const schemas = Object.entries(POLICY_KEYS).map(([name, { schema }]) => [name, schema] as const);
  const schema = z.toJSONSchema(z.strictObject(Object.fromEntries(schemas)), {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
  });
  return {
    ...schema,
    properties: propertiesWithWords(schema.properties, POLICY_KEYS),
    title: 'Portcullis policy',
    // An editor helps to write a service, which listens.
    required: Object.keys(POLICY_KEYS).filter((name) => name === 'listen' || schema.required?.includes(name)),
  };
}

type Described = Omit<PolicyKey, 'section'>;

/** An editor shows the description, the details and the example of a key. */
function propertiesWithWords(properties: unknown, keys: Readonly<Record<string, Described>>): object {
  const described = Object.entries(keys).map(([name, key]) => [
    name,
    withWords(isMapping(properties) ? properties[name] : undefined, key),
  ]);
  return Object.fromEntries(described);
}

function withWords(schema: unknown, key: Described): object {
  const { description, details, example, keys } = key;
  return {
    ...(isMapping(schema) ? schema : {}),
    description: details === undefined ? description : `${description} ${details}`,
    ...(keys === undefined || !isMapping(schema)
      ? {}
      : { properties: propertiesWithWords(schema['properties'], keys) }),
    ...(example === undefined ? {} : { examples: [example] }),
  };
}
