import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatDiagnostic } from '../../src/cli/print-diagnostics.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';

const FOLDER = join(import.meta.dirname, 'golden');

test.each(readdirSync(FOLDER).filter((name) => name.endsWith('.yaml')))(
  'what is said about %s',
  async (name) => {
    const text = readFileSync(join(FOLDER, name), 'utf8');
    const { policy, diagnostics } = parsePolicy(text, name);
    expect(policy).toBeUndefined();
    const printed = diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, text, { color: false }));
    await expect(`${printed.join('\n')}\n`).toMatchFileSnapshot(join(FOLDER, name.replace('.yaml', '.txt')));
  },
);
