import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withKeyRows, withOptionRows } from '../../src/policy/generate/key-rows.ts';
import { policyFlagsText } from '../../src/policy/generate/policy-flags.ts';
import { jsonSchema } from '../../src/policy/json-schema.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A page as it stands, with the part that comes from the keys written anew. */
function page(path: string, written: (text: string) => string): () => string {
  return () => written(readFileSync(join(ROOT, path), 'utf8'));
}

test.each([
  ['src/policy/generated/policy-flags.ts', policyFlagsText],
  ['policies/policy.schema.json', () => `${JSON.stringify(jsonSchema(), null, 2)}\n`],
  ['docs/policy.md', page('docs/policy.md', withKeyRows)],
  ['docs/command-line.md', page('docs/command-line.md', withOptionRows)],
])('%s is generated from src/policy/keys; `npm run keys` writes it', async (path, text) => {
  await expect(text()).toMatchFileSnapshot(join(ROOT, path));
});
