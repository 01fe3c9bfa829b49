import type { KeyRecord, PolicyKey } from './keys/key.ts';
import { POLICY_KEYS } from './keys/registry.ts';

const KEYS: Readonly<Record<string, PolicyKey>> = POLICY_KEYS;

/** A key and the mapping that it lies in, if any: `limits.sessions`. */
export interface KeyAtPath {
  readonly path: string;
  readonly key: KeyRecord;
}

/** Every key and every key of a mapping, in the order of a policy. */
export function allKeys(): readonly KeyAtPath[] {
  return Object.entries(KEYS).flatMap(([path, key]) => [
    { path, key },
    ...Object.entries(key.keys ?? {}).map(([name, inner]) => ({ path: `${path}.${name}`, key: inner })),
  ]);
}

/** The key at a path: `user`, `limits.sessions`. */
export function keyAt(path: string): KeyRecord | undefined {
  return allKeys().find((candidate) => candidate.path === path)?.key;
}

/** The keys that the mapping at a path may have, to suggest one for a typo. */
export function policyKeysAt(path: readonly PropertyKey[]): readonly string[] {
  const [top, ...inner] = path.map(String);
  if (top === undefined) return Object.keys(KEYS);
  if (inner.length > 0 || !Object.hasOwn(KEYS, top)) return [];
  return Object.keys(KEYS[top]?.keys ?? {});
}
