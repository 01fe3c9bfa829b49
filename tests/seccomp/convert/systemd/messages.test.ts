import { expect, test } from 'vitest';
import { importSystemd } from '../../../../src/seccomp/convert/systemd/import.ts';

const OPTIONS = {
  file: 'u.service',
  architecture: 'x86_64',
  capabilities: new Set<string>(),
  kernel: undefined,
} as const;

/** Each problem with its line and what it underlines. */
function shown(source: string | Uint8Array): string {
  const { filter, diagnostics } = importSystemd(source, OPTIONS);
  const lines = (typeof source === 'string' ? source : '').split('\n');
  const problems = diagnostics.map(({ severity, code, message, span, help }) =>
    [
      `${severity} ${code}${span === undefined ? '' : ` at ${span.line}:${span.column}`}: ${message}`,
      ...(span === undefined
        ? []
        : [lines[span.line - 1] ?? '', `${' '.repeat(span.column - 1)}${'^'.repeat(span.length)}`]),
      ...(help === undefined ? [] : [`help: ${help}`]),
    ].join('\n'),
  );
  return [...problems, filter === undefined ? 'no filter' : `default: ${filter.default}`].join('\n\n');
}

const HEAD = '[Service]\nSystemCallArchitectures=native\nSystemCallFilter=read\n';

test.each([
  ['nothing', ''],
  ['no filter', '[Service]\nExecStart=/bin/true\nMemoryDenyWriteExecute=no\n'],
  ['no section end', '[Service\nSystemCallFilter=read\n'],
  ['no assignment', `${HEAD}read write\n`],
  ['no key', `${HEAD}=yes\n`],
  ['a wrong section', `[Unit]\nSystemCallFilter=~mount\n${HEAD}`],
  ['above all sections', `LockPersonality=yes\n${HEAD}`],
  ['two sections', `${HEAD}[Socket]\nLockPersonality=yes\n`],
  ['an unknown call', `${HEAD}SystemCallFilter=wrte mknd \\\n   frobnicate\n`],
  ['an unknown call that is refused', `${HEAD}SystemCallFilter=~ptrce\n`],
  ['an unknown group', `${HEAD}SystemCallFilter=@sandbox @basicio\n`],
  ['an unknown group that is refused', `${HEAD}SystemCallFilter=~@sandbox\n`],
  ['an errno of an allowed call', `${HEAD}SystemCallFilter=write:EPERM\n`],
  ['an unknown errno of a call', `${HEAD}SystemCallFilter=~ptrace:EPREM ptrace:4096 ptrace:\n`],
  ['a specifier', `${HEAD}SystemCallFilter=%i\nLockPersonality=%p\nRestrictAddressFamilies=AF_%i\n`],
  ['a wrong boolean', `${HEAD}LockPersonality=maybe\n`],
  ['a wrong errno', `${HEAD}SystemCallErrorNumber=0\nSystemCallErrorNumber=EPREM\n`],
  ['a wrong architecture', `${HEAD}SystemCallArchitectures=x86_64\nPersonality=x86_64\n`],
  ['a wrong family', `${HEAD}RestrictAddressFamilies=AF_INET7 AF_UNSPEC\n`],
  ['a wrong namespace', `${HEAD}RestrictNamespaces=mount \\\n  ; a comment\n  usr\n`],
  ['other architectures', '[Service]\nSystemCallFilter=read\n'],
  ['other architectures by name', '[Service]\nSystemCallFilter=read\nSystemCallArchitectures=native x86\n'],
  ['calls that are not known yet', '[Service]\nSystemCallFilter=~read\nSystemCallArchitectures=native\n'],
  ['NoNewPrivileges=no', `${HEAD}NoNewPrivileges=no\n`],
  [
    'what is beside a filter',
    `${HEAD}PrivateDevices=yes\nProtectHostname=yes\nProtectClock=yes\nProtectClock=no\n`,
  ],
  [
    'what is no filter',
    `${HEAD}User=nobody\nProtectSystem=strict\nProtectHome=yes\nLimitNOFILE=4\nRestart=always\n`,
  ],
  ['no UTF-8', new Uint8Array([0x5b, 0xff, 0x5d])],
])('%s', (_name, source) => {
  expect(shown(source)).toMatchSnapshot();
});
