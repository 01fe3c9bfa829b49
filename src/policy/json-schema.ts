import * as z from 'zod';
import { isMapping } from './mapping.ts';
import { KEY_WORDS } from './reference/key-words.ts';
import { POLICY_KEYS } from './schema/policy-keys.ts';

/**
 * The JSON Schema (draft-07, which the YAML language server reads) of a policy, for editors. What keys say together, and
 * the filter rules, only `portcullis check` knows.
 */
export function jsonSchema(): object {
  const schema = z.toJSONSchema(z.strictObject(POLICY_KEYS), {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
  });
  return {
    ...schema,
    properties: propertiesWithWords(schema.properties, ''),
    title: 'Portcullis policy',
    required: ['portcullis', 'service', 'listen', 'run'],
  };
}

/** An editor shows the details and the example of a key beside its description. */
function propertiesWithWords(properties: unknown, above: string): object {
  const entries = isMapping(properties) ? Object.entries(properties) : [];
  return Object.fromEntries(entries.map(([name, key]) => [name, keyWithWords(key, `${above}${name}`)]));
}

function keyWithWords(key: unknown, path: string): unknown {
  const words = KEY_WORDS[path];
  if (words === undefined || !isMapping(key)) return key;
  const { details, example } = words;
  return {
    ...key,
    ...(details === undefined ? {} : { description: `${String(key['description'])} ${details}` }),
    ...('properties' in key ? { properties: propertiesWithWords(key['properties'], `${path}.`) } : {}),
    ...(example === undefined ? {} : { examples: [example] }),
  };
}
