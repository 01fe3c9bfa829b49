import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatDiagnostic } from '../../src/cli/print/print-diagnostics.ts';
import { resolvePolicy } from '../../src/host/resolve-policy.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { elfFile } from '../support/elf.ts';

let root = '';

const PROGRAMS = ['in.tftpd', 'cat', 'sh', 'sed', 'tr', 'mawk', 'busybox', 'python3'] as const;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'portcullis-handoff-'));
  chmodSync(root, 0o755);
  mkdirSync(join(root, 'bin'), { mode: 0o755 });
  for (const name of PROGRAMS) writeFileSync(join(root, 'bin', name), elfFile(), { mode: 0o755 });
  symlinkSync('mawk', join(root, 'bin/awk'));
  const script = (name: string, text: string): void =>
    writeFileSync(join(root, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  script('reads', 'while read -r line; do echo "$line"; done');
  script('answers', 'exec cat');
});

afterAll(() => rmSync(root, { recursive: true }));

/** The findings about the handoff of a program, as `check` prints them. */
function found(handoff: string, run: string, listen = 'udp4://127.0.0.1:10007'): string {
  const shown = `portcullis: 1\nservice: x\nlisten: ${listen}\nroot: /ROOT\nrun: [${run}]\nhandoff: ${handoff}\nexec: allow\n`;
  const { policy, diagnostics } = parsePolicy(shown.replace('/ROOT', root), 'x.yaml');
  if (policy === undefined) throw new Error(JSON.stringify(diagnostics));
  const findings = resolvePolicy(policy, { unprivileged: true, callerUid: process.getuid?.() ?? -1 });
  return findings.diagnostics
    .filter(({ code }) => /^(handoff|datagram|peer)-/.test(code))
    .map((diagnostic) => formatDiagnostic(diagnostic, shown, { color: false }))
    .join('\n');
}

test.each([
  ['a program that asks for addresses', 'peer', '/bin/in.tftpd, -s'],
  ['a filter with the socket itself', 'listener', '/bin/cat'],
  ['a shell that reads', 'peer', '/bin/sh, -c, "while read -r x; do echo $x; done"'],
  ['a shell that reads commands', 'peer', '/bin/sh'],
  ['a script that reads', 'peer', '/bin/reads'],
  ['an applet that reads', 'peer', '/bin/busybox, ash, -c, "read x"'],
  ['a script that reads from the socket itself', 'listener', '/bin/reads'],
  ['a filter that reads one byte at a time', 'peer', '/bin/sed, -u, s/a/b/'],
  ['a filter that holds its answers', 'peer', '/bin/tr, a, b'],
  ['a filter by a link', 'peer', '/bin/awk, 1'],
])('%s', (_, handoff, run) => {
  expect(found(handoff, run)).toMatchSnapshot();
});

test.each([
  ['peer', '/bin/cat'],
  ['peer', '/bin/python3, -u, /srv/x.py'],
  ['peer', '/bin/sh, -c, "echo already"'],
  ['peer', '/bin/answers'],
  ['listener', '/bin/in.tftpd, -s'],
])('handoff: %s fits %s', (handoff, run) => {
  expect(found(handoff, run)).toBe('');
});

test('a shell and a filter have connections as they are', () => {
  const listen = 'tcp4://127.0.0.1:10007';
  expect(found('connection', '/bin/reads', listen)).toBe('');
  expect(found('listener', '/bin/cat', listen)).toBe('');
  expect(found('listener', '/bin/cat', 'unix-dgram:@x')).toBe('');
  expect(found('listener', '/bin/reads', 'unix-dgram:@x')).toContain('[datagram-loses]');
});
