import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { makeExecutable } from '../../src/gate-protocol/executable.ts';
import type { Architecture } from '../../src/kernel/architecture.ts';
import { compilePlan } from '../../src/plan/compile.ts';
import { encodePlan } from '../../src/plan/image/encode.ts';
import { targetFacts } from '../../src/plan/target-facts.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { builtProgram } from '../support/built-program.ts';
import { NOBODY } from '../support/policy.ts';

/** What the documents promise of every executable. */
const LARGEST = 104 * 1024;

const POLICIES = new URL('../../policies/', import.meta.url);
const NAMES = readdirSync(POLICIES).filter((name) => name.endsWith('.yaml'));

/** What `build` writes for a host on which the service is set up. */
function executable(gate: Uint8Array, architecture: Architecture, name: string): Uint8Array {
  const text = readFileSync(new URL(name, POLICIES), 'utf8');
  const { policy } = parsePolicy(text, `/etc/portcullis/${name}`, { requireListen: false });
  if (policy === undefined) throw new Error(`${name} cannot be read`);
  const target = { architecture, kernel: { major: 6, minor: 12 }, unprivileged: false };
  const { plan, diagnostics } = compilePlan({
    policy,
    identity: NOBODY,
    facts: targetFacts(policy, target),
    unprivileged: false,
    shape: policy.listen.length === 0 ? 'wrap' : 'standalone',
    kernel: target.kernel,
    caller: {},
  });
  if (plan === undefined) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return makeExecutable(gate, encodePlan(plan));
}

describe.each<Architecture>(['x86_64', 'aarch64'])('for %s', (architecture) => {
  const gate = readFileSync(builtProgram('gate', architecture));

  test('the recorder is as small', () => {
    expect(readFileSync(builtProgram('recorder', architecture)).length).toBeLessThan(LARGEST);
  });

  test.each(NAMES)('policies/%s makes an executable of less than 104 KiB', (name) => {
    expect(executable(gate, architecture, name).length).toBeLessThan(LARGEST);
  });
});
