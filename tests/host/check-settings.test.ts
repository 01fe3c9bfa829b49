import { expect, test } from 'vitest';
import { formatDiagnostic } from '../../src/cli/print/print-diagnostics.ts';
import { checkSettings } from '../../src/host/check-settings.ts';
import type { NetworkSetting } from '../../src/host/network-settings.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';

/** Small ones: a policy soon asks for more. */
const SMALL: readonly (readonly [NetworkSetting, number])[] = [
  ['net.core.somaxconn', 128],
  ['net.ipv4.tcp_syncookies', 0],
  ['net.core.rmem_max', 65_536],
  ['net.core.wmem_max', 32_768],
  ['net.netfilter.nf_conntrack_max', 100],
];

function found(text: string, settings: readonly (readonly [NetworkSetting, number])[]): readonly string[] {
  const { policy, diagnostics } = parsePolicy(text, 'x.yaml');
  if (policy === undefined) throw new Error(JSON.stringify(diagnostics));
  return checkSettings(policy, new Map(settings)).map((diagnostic) =>
    formatDiagnostic(diagnostic, text, { color: false }),
  );
}

const GREEDY = `portcullis: 1
service: x
listen:
  - tcp://127.0.0.1:79
  - { address: tcp://192.0.2.1:79, backlog: 200, receive-buffer: 128KiB, send-buffer: 64KiB }
run: [/bin/x]
limits: { sessions: 100 }
`;

const DATAGRAMS = `portcullis: 1
service: y
listen: { address: udp://:79, receive-buffer: 65537 }
run: [/bin/y]
handoff: listener
`;

test('what a policy asks beyond the settings, each with both numbers and the fix', () => {
  expect([...found(GREEDY, SMALL), ...found(DATAGRAMS, SMALL)].join('\n')).toMatchSnapshot();
});

test.each<[string, string, readonly (readonly [NetworkSetting, number])[]]>([
  ['settings that are not shown', GREEDY, []],
  [
    'a policy that asks for what there is',
    'portcullis: 1\nservice: x\nlisten: { address: tcp://:79, backlog: 128, receive-buffer: 64KiB }\nrun: [/bin/x]\nlimits: { sessions: 99 }\n',
    SMALL.filter(([name]) => name !== 'net.ipv4.tcp_syncookies'),
  ],
  [
    'the default backlog',
    'portcullis: 1\nservice: x\nlisten: tcp://:79\nrun: [/bin/x]\nlimits: { sessions: 9 }\n',
    SMALL,
  ],
  ['a UNIX socket', 'portcullis: 1\nservice: x\nlisten: unix:@x\nrun: [/bin/x]\n', SMALL],
])('%s: nothing', (_, text, settings) => {
  expect(found(text, settings)).toEqual([]);
});
