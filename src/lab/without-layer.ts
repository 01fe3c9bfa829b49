import { parseDocument } from 'yaml';

/**
 * Takes a layer out of a policy: its keys become those of the exercise's own policy, which stops nothing, and go where
 * that has none. Values stay as they are written: `0077` is no number here. A text that cannot be read stays whole, and
 * its launch reports the fault.
 */
export function withoutLayer(policy: string, given: string, keys: readonly string[]): string {
  const options = { schema: 'failsafe' } as const;
  const document = parseDocument(policy, options);
  if (document.errors.length > 0) return policy;
  const source = parseDocument(given, options);
  for (const key of keys) {
    const value = source.get(key, true);
    if (value === undefined) document.delete(key);
    else document.set(key, value);
  }
  return document.toString({ lineWidth: 0 });
}
