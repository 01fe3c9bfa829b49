import type * as z from 'zod';
import type { CompletedValue, FlagKind } from '../flags/policy-flag.ts';

/** The parts of the reference, in its order. A key belongs to one, and a mapping has one to itself. */
export const SECTIONS = [
  'The service',
  'Identity',
  'Surroundings',
  'Boundaries',
  'The environment',
  'Resource limits',
  'Limits of the gate',
  'System calls',
] as const;

export type Section = (typeof SECTIONS)[number];

/** One key: its schema, and its words in help, manual, JSON Schema, saved policies and docs. */
export interface KeyRecord<Value = unknown> {
  /** One sentence. An option of the command line has it too, so it does without backticks. */
  readonly description: string;
  /** More sentences. Words of a policy stand between backticks. */
  readonly details?: string;
  /** The kind of value, one phrase. */
  readonly value: string;
  /** The default in words, where the schema has none. */
  readonly absent?: string;
  /** A value that the key takes; absent for a mapping of keys. */
  readonly example?: unknown;
  readonly schema: z.ZodType<Value>;
  /** The option that writes it; absent where the keys inside have their own. */
  readonly flag?: KeyFlag;
  /** True when the value, or each value in it, is its text as written, also where YAML would read another type. */
  readonly verbatim?: 'value' | 'items';
}

/** A key that stands at the top of a policy. */
export interface PolicyKey<Value = unknown> extends KeyRecord<Value> {
  readonly section: Section;
  /** The keys of a mapping. */
  readonly keys?: InnerKeys;
  /** It names accounts or files: a default in its place would be looked up on the host as if it were written. */
  readonly isOnHost?: true;
}

export type InnerKeys = Readonly<Record<string, KeyRecord>>;

export interface KeyFlag {
  readonly kind: FlagKind;
  /** Without the dashes; the path with hyphens when absent. */
  readonly name?: string;
  /** The word for the value; absent where the key has fixed words. */
  readonly argument?: string;
  /** Digits are a number, as they would be in a file. */
  readonly numeric?: true;
  readonly completes?: CompletedValue;
}

type SchemasOf<Keys extends InnerKeys> = { readonly [Name in keyof Keys]: Keys[Name]['schema'] };

/** The schemas of the keys of a mapping, for a `strictObject`. */
export function schemasOf<Keys extends InnerKeys>(keys: Keys): SchemasOf<Keys> {
  const schemas = Object.entries(keys).map(([name, { schema }]) => [name, schema]);
  return Object.fromEntries(schemas) as SchemasOf<Keys>;
}
