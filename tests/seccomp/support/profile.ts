import { readFileSync } from 'node:fs';
import type { Architecture } from '../../../src/kernel/architecture.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { type Filter, resolveFilter } from '../../../src/seccomp/index.ts';

/** The filter of a policy in tests/seccomp/profiles/. */
export function profile(name: string, architecture: Architecture = 'x86_64'): Filter {
  const text = readFileSync(new URL(`../profiles/${name}.yaml`, import.meta.url), 'utf8');
  const { policy, diagnostics } = parsePolicy(text, `${name}.yaml`, { requireListen: false });
  if (policy === undefined) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return resolveFilter(policy.seccomp, architecture).filter;
}
