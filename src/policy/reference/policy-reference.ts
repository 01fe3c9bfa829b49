import { stringify } from 'yaml';
import type { KeyRecord, PolicyKey, Section } from '../keys/key.ts';
import { POLICY_KEYS } from '../keys/registry.ts';
import { isMapping } from '../mapping.ts';
import { defaultOf, wordsOf } from './key-schema.ts';

/** A key of a policy, as a reference shows it. */
export interface KeyReference {
  /** `limits.sessions`. */
  readonly path: string;
  readonly section: Section;
  /** The description and the details. */
  readonly text: string;
  /** The kind of value, one phrase. */
  readonly value: string;
  /** The only words that there are; none where others are taken. */
  readonly choices: readonly string[];
  readonly required: boolean;
  /** The default, as a policy would write it or in words. */
  readonly default: { readonly text: string; readonly literal: boolean };
  /** A line of a policy. */
  readonly example: string | undefined;
  /** The keys of a mapping. */
  readonly keys: readonly KeyReference[];
}

/** Every key, or those of one section, as their records have them, in the order of a policy. */
export function policyReference(only?: Section): readonly KeyReference[] {
  const listed = Object.entries<PolicyKey>(POLICY_KEYS).filter(
    ([, { section }]) => only === undefined || section === only,
  );
  return listed.map(([path, key]) => {
    const { section, keys = {} } = key;
    const inner = Object.entries(keys).map(([name, below]) => referenceOf(`${path}.${name}`, below, section));
    return { ...referenceOf(path, key, section), keys: inner };
  });
}

function referenceOf(path: string, key: KeyRecord, section: Section): KeyReference {
  const { description, details, value, absent, example, schema } = key;
  return {
    path,
    section,
    text: details === undefined ? description : `${description} ${details}`,
    value,
    choices: wordsOf(schema),
    required: !schema.safeParse(undefined).success,
    default: absent === undefined ? literalDefault(defaultOf(schema)) : { text: absent, literal: false },
    example: example === undefined ? undefined : exampleLine(path, example),
    keys: [],
  };
}

/** The kind of value in Markdown. */
export function valueText({ value, choices }: KeyReference): string {
  const words = choices.map((word) => `\`${word}\``);
  return words.length === 0 ? value : [words.slice(0, -1).join(', '), words.at(-1)].join(' or ');
}

/** The default in Markdown. */
export function defaultText({ default: { text, literal } }: KeyReference): string {
  return literal ? `\`${text}\`` : text;
}

function literalDefault(value: unknown): KeyReference['default'] {
  return value === undefined ? { text: 'none', literal: false } : { text: flow(value), literal: true };
}

/** On one line, with the mappings that a nested key lies in. */
function exampleLine(path: string, value: unknown): string {
  const [first = '', ...inner] = path.split('.');
  const nested = inner.reduceRight<unknown>((below, name) => ({ [name]: below }), value);
  return `${first}: ${flow(nested)}`;
}

/** On one line, with spaces as people write them. Whole numbers are taken as they are written, in quotes or without. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (isMapping(value)) {
    if (Object.keys(value).length === 0) return '{}';
    const entries = Object.entries(value).map(([name, inner]) => `${flow(name)}: ${flow(inner)}`);
    return `{ ${entries.join(', ')} }`;
  }
  if (typeof value === 'string' && /^[0-9]+$/.test(value)) return value;
  // Inside of a list more is quoted than on a separate line.
  return stringify([value], { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false })
    .trimEnd()
    .slice(1, -1);
}
