import { stringify } from 'yaml';
import * as z from 'zod';
import { isMapping } from '../mapping.ts';
import { POLICY_KEYS } from '../schema/policy-keys.ts';
import { KEY_WORDS } from './key-words.ts';

/** A key of a policy, as a reference shows it. */
export interface KeyReference {
  /** `limits.sessions`. */
  readonly path: string;
  readonly description: string;
  /** What its value is, one phrase. */
  readonly value: string;
  /** The only words that there are; none where others are taken. */
  readonly choices: readonly string[];
  readonly required: boolean;
  /** What counts when the key is left out, as a policy would write it or in words; absent for a mapping. */
  readonly default: { readonly text: string; readonly literal: boolean } | undefined;
  readonly details: string | undefined;
  /** A line of a policy. */
  readonly example: string | undefined;
  /** The keys of a mapping. */
  readonly keys: readonly KeyReference[];
}

const REQUIRED: readonly string[] = ['portcullis', 'service', 'run'];

/** Every key with what the schema and {@link KEY_WORDS} say of it, in the order of the schema. */
export function policyReference(): readonly KeyReference[] {
  const schema = z.toJSONSchema(z.strictObject(POLICY_KEYS), { io: 'input', unrepresentable: 'any' });
  return keysOf(schema, '');
}

function keysOf(schema: unknown, above: string): readonly KeyReference[] {
  const properties = isMapping(schema) ? schema['properties'] : undefined;
  if (!isMapping(properties)) return [];
  return Object.entries(properties).map(([name, property]) => keyOf(`${above}${name}`, property));
}

function keyOf(path: string, schema: unknown): KeyReference {
  const words = KEY_WORDS[path];
  if (words === undefined || !isMapping(schema))
    throw new Error(`src/policy/reference/key-words.ts has no words for the key '${path}'`);
  const keys = words.example === undefined ? keysOf(schema, `${path}.`) : [];
  const choices = Array.isArray(schema['enum']) ? schema['enum'].filter((word) => word !== null) : [];
  return {
    path,
    description: String(schema['description'] ?? ''),
    value: words.value,
    choices: choices.map(String),
    required: REQUIRED.includes(path),
    default: keys.length > 0 ? undefined : defaultOf(schema['default'], words.absent),
    details: words.details,
    example: words.example === undefined ? undefined : exampleOf(path, words.example),
    keys,
  };
}

function defaultOf(value: unknown, absent: string | undefined): KeyReference['default'] {
  if (absent !== undefined) return { text: absent, literal: false };
  const empty = value === undefined || JSON.stringify(value) === '[]' || JSON.stringify(value) === '{}';
  return empty ? { text: 'none', literal: false } : { text: flow(value), literal: true };
}

/** On one line, with the mappings that a nested key lies in. */
function exampleOf(path: string, value: unknown): string {
  const [first = '', ...inner] = path.split('.');
  const nested = inner.reduceRight<unknown>((below, name) => ({ [name]: below }), value);
  return `${first}: ${flow(nested)}`;
}

/** On one line, with spaces as people write them. Whole numbers are taken as they are written, in quotes or without. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (isMapping(value)) {
    const entries = Object.entries(value).map(([name, inner]) => `${flow(name)}: ${flow(inner)}`);
    return `{ ${entries.join(', ')} }`;
  }
  if (typeof value === 'string' && /^[0-9]+$/.test(value)) return value;
  // Inside of a list more is quoted than on a line of its own.
  return stringify([value], { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false })
    .trimEnd()
    .slice(1, -1);
}
