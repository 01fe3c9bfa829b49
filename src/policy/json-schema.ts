import * as z from 'zod';
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
  return { ...schema, title: 'Portcullis policy', required: ['portcullis', 'service', 'listen', 'run'] };
}
