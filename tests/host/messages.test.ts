import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatDiagnostic } from '../../src/cli/print/print-diagnostics.ts';
import { hostArchitecture } from '../../src/host/host-architecture.ts';
import { resolvePolicy } from '../../src/host/resolve-policy.ts';
import { checkTrust, readPolicyFile } from '../../src/host/trust.ts';
import type { Diagnostic } from '../../src/policy/diagnostic.ts';
import { MAX_POLICY_BYTES } from '../../src/policy/document.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { elfFile } from '../support/elf.ts';

let root = '';

function script(path: string, interpreter: string, mode = 0o755): void {
  writeFileSync(join(root, path), `#!${interpreter}\n`, { mode });
  chmodSync(join(root, path), mode);
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'portcullis-messages-'));
  chmodSync(root, 0o755);
  for (const folder of ['bin', 'data', 'data/x', 'dev', 'open', 'own'])
    mkdirSync(join(root, folder), { mode: 0o755 });
  chmodSync(join(root, 'open'), 0o777);
  writeFileSync(join(root, 'bin/good'), elfFile(), { mode: 0o755 });
  script('bin/not-executable', '/bin/good', 0o644);
  script('bin/no-interpreter', '/bin/perl');
  script('open/changed-by-others', '/bin/good');
  script('bin/from-windows', '/bin/good\r');
  writeFileSync(join(root, 'bin/text'), 'hello\n', { mode: 0o755 });
  copyFileSync('/bin/cat', join(root, 'bin/dynamic'));
  symlinkSync('loop', join(root, 'bin/loop'));
  symlinkSync('own', join(root, 'link'));
  writeFileSync(join(root, 'own/taken'), 'precious');
  const foreign = Buffer.alloc(64);
  foreign.write('\x7fELF\x02\x01\x01', 'latin1');
  foreign.writeUInt16LE(8, 18);
  for (const name of ['env', 'python3', 'sh', 'date', 'timeout', 'busybox', 'sed', 'cut', 'tr', 'su'])
    writeFileSync(join(root, 'bin', name), elfFile(), { mode: 0o755 });
  symlinkSync('../bin', join(root, 'open/bin'));
  script('bin/by-env', '/bin/env python3');
  script('bin/one-word', '/bin/env python3 -u');
  script('bin/words', '/bin/env -S A=b python3 -u');
  writeFileSync(
    join(root, 'bin/pipes'),
    '#!/bin/sh\nread -r a\necho "$a" | sed s/a/b/ | cut -c 1 |\ntr a b\ndate\n',
    { mode: 0o755 },
  );
  writeFileSync(join(root, 'bin/replaced'), '#!/bin/sh -e\ncd /data\nexec date -u\n', { mode: 0o755 });
  writeFileSync(join(root, 'bin/foreign'), foreign, { mode: 0o755 });
  writeFileSync(join(root, 'policy.yaml'), 'portcullis: 1\n');
  chmodSync(join(root, 'policy.yaml'), 0o666);
  writeFileSync(join(root, 'large.yaml'), Buffer.alloc(MAX_POLICY_BYTES + 1));
  writeFileSync(join(root, 'latin1.yaml'), Buffer.from([0xe4]));
});

afterAll(() => rmSync(root, { recursive: true }));

/** As `check` prints them; what differs between machines is replaced. */
function printed(diagnostics: readonly Diagnostic[], text: string): string {
  const lines = diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, text, { color: false }));
  const loader = /'\/lib[^']*\/ld-[^']*'/g;
  return lines
    .join('\n')
    .replaceAll(root, '/ROOT')
    .replace(loader, "'LOADER'")
    .replaceAll(/there are .*/g, 'there are INTERFACES')
    .replace(`one for ${hostArchitecture()}`, 'one for ARCHITECTURE');
}

const HEAD = 'portcullis: 1\nservice: x\nlisten: tcp://[::]:7\n';
const SOCKETS = `listen:
  - unix:/ROOT/open/s
  - unix-seqpacket:/ROOT/own/taken
  - unix:/ROOT/none/s
  - unix:/ROOT/link/s
  - unix:/ROOT/bin/text/s
  - { owner: nobdy, mode: "0660", address: unix:/ROOT/own/s }
`;

test.each([
  ['root missing', 'root: /srv/no-such-root\nrun: [/bin/x]\n'],
  ['root is a file', 'root: /etc/passwd\nrun: [/bin/x]\n'],
  ['root below a file', 'root: /etc/passwd/x\nrun: [/bin/x]\n'],
  ['program missing', 'run: [/bin/no-such-program]\n'],
  ['program missing in the root', 'root: /ROOT\nrun: [/bin/missing]\n'],
  ['program is a loop', 'root: /ROOT\nrun: [/bin/loop]\n'],
  ['program is a directory', 'root: /ROOT\nrun: [/bin]\n'],
  ['program without its bit', 'root: /ROOT\nrun: [/bin/not-executable]\n'],
  ['program that is text', 'root: /ROOT\nrun: [/bin/text]\n'],
  ['script without interpreter', 'root: /ROOT\nrun: [/bin/no-interpreter]\n'],
  ['script with the line ends of another system', 'root: /ROOT\nrun: [/bin/from-windows]\n'],
  ['program without loader', 'root: /ROOT\nrun: [/bin/dynamic]\n'],
  ['program of another machine', 'root: /ROOT\nrun: [/bin/foreign]\n'],
  ['program that others can change', 'root: /ROOT\nrun: [/open/changed-by-others]\n'],
  ['script by env', 'root: /ROOT\nrun: [/bin/by-env, a b]\n'],
  ['script by env with one word', 'root: /ROOT\nexec: allow\nrun: [/bin/one-word]\n'],
  ['script by env with words', 'root: /ROOT\nrun: [/bin/words]\n'],
  ['wrappers', 'root: /ROOT\nrun: [/bin/env, LANG=C, nice, timeout, "5", date, -u]\n'],
  ['wrapper in another folder', 'root: /ROOT\nrun: [/open/bin/timeout, "5", date]\n'],
  ['wrapper in busybox', 'root: /ROOT\nrun: [/bin/busybox, setsid, date]\n'],
  ['wrapper with the rights of root', 'root: /ROOT\nexec: allow\nrun: [/bin/su, www, -c, date]\n'],
  ['shell with a text', 'root: /ROOT\nrun: [/bin/sh, -c, "exec date -u"]\n'],
  ['shell script with programs', 'root: /ROOT\nrun: [/bin/pipes]\n'],
  ['shell script that is replaced', 'root: /ROOT\nrun: [/bin/replaced]\n'],
  ['directories', 'root: /ROOT\nrun: [/bin/good]\ndirectory: /none\nwritable: [/none, /data, /bin]\n'],
  [
    'what it may write to',
    'root: /ROOT\nrun: [/bin/good]\nwritable: [/bin/text, /dev, /data, /data]\nwrite-and-run: [/data/x]\n',
  ],
  ['/proc', 'run: [/bin/cat]\nwritable: [/proc/self]\n'],
  ['accounts', 'run: [/bin/cat]\nuser: nobdy\ngroup: no-such-group-either\ngroups: [no-such-group-here]\n'],
  ['no group', 'run: [/bin/cat]\nuser: 4711\n'],
  ['sockets that are files', `${SOCKETS}run: [/bin/cat]\n`],
  [
    'interfaces',
    'listen: ["tcp://[fe80::1%no-such-one]:7", { address: "tcp://:8", device: no-such-two }]\nrun: [/bin/cat]\n',
  ],
])('%s', (_, more) => {
  const shown = more.startsWith('listen') ? HEAD.replace(/listen.*\n/, '') + more : HEAD + more;
  const { policy, diagnostics } = parsePolicy(shown.replaceAll('/ROOT', root), 'x.yaml');
  if (policy === undefined) throw new Error(JSON.stringify(diagnostics));
  const found = resolvePolicy(policy, { unprivileged: true, callerUid: process.getuid?.() ?? -1 });
  expect(found.diagnostics).not.toEqual([]);
  expect(printed(found.diagnostics, shown)).toMatchSnapshot();
});

test.each([
  ['missing.yaml', false],
  ['bin', false],
  ['large.yaml', false],
  ['latin1.yaml', false],
  ['bin/good/x.yaml', false],
  ['policy.yaml', true],
])('reading %s (as root: %s)', (name, asRoot) => {
  const { text, diagnostics } = readPolicyFile(join(root, name), { asRoot });
  expect(text).toBeUndefined();
  // Which part of the way root distrusts first depends on who made it.
  const shown = printed(diagnostics, '').replace(/can change: .*(?= \[)/, 'can change: REASON');
  expect(shown).toMatchSnapshot();
});

test('what root does not compile with', () => {
  const environment = { LD_PRELOAD: '/x', NODE_OPTIONS: '--require /x' };
  const found = checkTrust({ program: [join(root, 'open/none')], environment });
  const shown = printed(found, '').replace(/can change: .*(?= \[)/, 'can change: REASON');
  expect(shown).toMatchSnapshot();
});
