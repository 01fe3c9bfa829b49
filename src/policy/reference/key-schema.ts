import * as z from 'zod';

/** The schema of a value as JSON Schema. */
export function jsonOf(schema: z.ZodType): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}

/** The only words that a value may be; none where others are taken. */
export function wordsOf(schema: z.ZodType): readonly string[] {
  const words = jsonOf(schema)['enum'];
  return Array.isArray(words) ? words.filter((word) => typeof word === 'string') : [];
}

/** The default as a policy would write it; undefined where the key has none. */
export function defaultOf(schema: z.ZodType): unknown {
  return jsonOf(schema)['default'];
}
