import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { commandLine } from '../../src/policy/command-line.ts';
import { hasErrors } from '../../src/policy/diagnostic.ts';
import { readDocument } from '../../src/policy/document.ts';
import { flagDocument } from '../../src/policy/flags/flag-document.ts';
import { POLICY_FLAGS } from '../../src/policy/generated/policy-flags.ts';
import { POLICY_KEYS } from '../../src/policy/keys/registry.ts';
import { overlay } from '../../src/policy/overlay.ts';
import { type ParsedPolicy, parseDocument, parsePolicy } from '../../src/policy/parse-policy.ts';
import type { ListenAddress } from '../../src/policy/policy.ts';
import { savePolicy } from '../../src/policy/save-policy.ts';
import { listenSchema } from '../../src/policy/schema/listen.ts';
import { needsScope } from '../../src/policy/schema/listen-scope.ts';
import { parseQuantity, type QuantityKind } from '../../src/policy/schema/quantity.ts';
import { demand, demandDiagnostics, demandMessage } from '../support/fuzz/demands.ts';
import { fuzz } from '../support/fuzz/fuzz.ts';
import { TextMutator } from '../support/fuzz/mutate-text.ts';
import { oneOf } from '../support/fuzz/random.ts';
import { REPETITIONS } from '../support/fuzz/shares.ts';
import { goldenPolicies } from '../support/golden-policies.ts';

const WHOLE = `portcullis: 1
service: echo
listen: ["tcp6://[::]:7", tcp4://0.0.0.0:7]
run: [/bin/cat, -u]
user: nobody
capabilities: [KILL]
umask: 0077
environment: { pass: [LANG], set: { A: "b" } }
rlimits: { nofile: 8, as: "64MiB:1GiB", cpu: 5s, core: { soft: 1, hard: 1 } }
limits: { sessions: 8, per-source: 2, time: 10m }
seccomp:
  kernel: 6.10
  rules: ["@start", 'read', write(fd == 1)]
  groups: { "@mine": [read] }
  weights: { read: 100 }
`;

const BLOCKS = `# with comments
portcullis: 1
service: b
run:
  - /bin/cat   # the program
  - >-
    folded
user: 61000
group: staff
groups: [adm, 5]
reason: "it \\u0041sks"
exec: allow
root: /srv
writable: [/srv/x]
network: host
landlock: best-effort
stderr: log
handoff: peer
accept: { user-root: why }
`;

/** What broke once, or nearly. */
const GOLDEN_TEXTS = [...goldenPolicies('policy'), ...goldenPolicies('seccomp')]
  .map(([, text]) => text)
  .filter(({ length }) => length < 1000);

const WORDS = [
  ...[
    '[',
    ']',
    '{',
    '}',
    ':',
    ',',
    '-',
    '?',
    '!',
    '&',
    '*',
    '#',
    '|',
    '>',
    "'",
    '"',
    '%',
    '@',
    '`',
    '~',
    '<',
  ],
  ...[
    '\t',
    '\n',
    '\r\n',
    '\n  ',
    '\ufeff',
    '漢',
    '- ',
    '<<: ',
    '!!map ',
    '&a ',
    '*a',
    '---\n',
    '...\n',
    '%YAML 1.2\n',
  ],
  ...[
    'null',
    'true',
    '.inf',
    '.nan',
    '0o17',
    '2001-01-01',
    'unlimited',
    'tcp://:7',
    '5s',
    '64MiB',
    '1:2',
    ': ',
    ' #',
  ],
  ...['[KILL]', '{ a: b }', '"@start"', ...Object.keys(POLICY_KEYS).map((key) => `\n${key}: `)],
];

function demandParsed({ policy, diagnostics }: ParsedPolicy, file: string, text: string): boolean {
  demand((policy === undefined) === hasErrors(diagnostics), 'neither a policy nor an error, or both');
  demand(
    diagnostics.every(({ span }) => span !== undefined),
    'a problem without a place',
  );
  demandDiagnostics(diagnostics, file, text);
  return policy !== undefined;
}

const policies = new TextMutator([WHOLE, WHOLE, BLOCKS, BLOCKS, ...GOLDEN_TEXTS], WORDS);

fuzz('policy', {
  input: (random) => policies.text(random),
  read: (text) => demandParsed(parsePolicy(text, 'x.yaml', { requireListen: false }), 'x.yaml', text),
});

const VALUES = new TextMutator(
  [
    'nofile=32',
    'as=64MiB:1GiB',
    'A=b=c',
    '@mine=read',
    'read=100',
    '61000',
    'tcp://:7',
    'write(fd == 1)',
    'true',
    '0077',
  ],
  ['=', ':', '.', '__proto__', 'toString', 'false', 'unlimited', 'errno(EPERM)', ' '],
);
const FILE =
  'portcullis: 1\nservice: sample\nlisten: tcp://:7\nrun: [/bin/cat] # why\nrlimits: { nofile: 8 }\n';

fuzz('policy flags', {
  input: (random) => {
    const words = Array.from({ length: random(5) }, () => {
      const flag = POLICY_FLAGS[random(POLICY_FLAGS.length)];
      const value = VALUES.text(random);
      return oneOf(
        [[`--${flag?.name}`, value], [`--${flag?.name}=${value}`], [`--no-${flag?.name}`], [value]],
        random,
      );
    });
    const command = oneOf([[], ['--', '/bin/cat'], ['--', VALUES.text(random), VALUES.text(random)]], random);
    return [...words.flat(), ...command];
  },
  read: (words) => {
    const line = commandLine(['run', ...words]);
    const flags = flagDocument(line, 1);
    const parsed = parseDocument(overlay(readDocument(FILE, 'file'), flags), 'file');
    const taken = demandParsed(parsed, 'command line', line.text);
    if (!taken) return false;
    const again = parsePolicy(savePolicy(flags, FILE, line.text), 'file').policy;
    demand(
      isDeepStrictEqual(withoutPlaces(again), withoutPlaces(parsed.policy)),
      'what is saved is another policy',
    );
    return true;
  },
});

/** A policy as text and values; where they stand is another matter. */
function withoutPlaces(value: unknown): unknown {
  if (value instanceof Map) return [...value].map(withoutPlaces);
  if (Array.isArray(value)) return value.map(withoutPlaces);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !/span/i.test(key));
  return Object.fromEntries(entries.map(([key, each]) => [key, withoutPlaces(each)]));
}

const addresses = new TextMutator(
  [
    'tcp://[::]:79',
    'tcp4://127.0.0.1:7',
    'tcp6://[2001:db8::1]:65535',
    'tcp://:1',
    'tcp://[::ffff:1.2.3.4]:8',
    'tcp://[fe80::1%eth0]:8',
    'udp6://[ff02::1%lo]:9',
  ],
  [
    '[',
    ']',
    ':',
    '::',
    '//',
    '%',
    'udp',
    'tcp',
    'unix:',
    'unix-seqpacket:',
    'unix-dgram:',
    '*',
    '0',
    '255',
    'localhost',
    '/',
    '@',
    '?',
  ],
);

function isWhole(address: ListenAddress | undefined): boolean {
  switch (address?.kind) {
    case 'tcp':
    case 'udp':
      return address.port > 0 && needsScope(address.address) === (address.scope !== undefined);
    case 'unix':
      return address.place.kind === 'abstract'
        ? address.place.name !== ''
        : /^\/.*[^/]$/s.test(address.place.path);
    case undefined:
      return false;
  }
}

fuzz('listen address', {
  input: (random) => addresses.text(random),
  read: (text) => {
    const { success, data, error } = listenSchema.safeParse(text);
    for (const { message } of error?.issues ?? []) demandMessage(message);
    const [first] = data ?? [];
    demand(!success || isWhole(first), 'an address without a port, a name or the interface of its link');
    return success;
  },
});

const KINDS: readonly [QuantityKind, ...QuantityKind[]] = [
  'bytes',
  'seconds',
  'microseconds',
  'milliseconds',
  'count',
];
const quantities = new TextMutator(
  ['64MiB', '10 kB', '30s', '200ms', '5', '1d', '99999999999999999999', '12 us'],
  ['KiB', 'm', 'h', 'B', 'us', ' ', '-', '+', '.', 'e', '٣'],
);

fuzz('quantity', {
  input: (random) => ({ text: quantities.text(random), kind: oneOf(KINDS, random) }),
  read: ({ text, kind }) => {
    const quantity = parseQuantity(text, kind);
    if (quantity.kind === 'value') return quantity.value >= 0n;
    demandMessage(quantity.message);
    demandMessage(quantity.help);
    return false;
  },
});

test.each([
  ['['],
  ['- '],
  ['-\t'],
  ['{a: '],
  ['? '],
  ['!x '],
  ['&a '],
  ['\n'],
  ['a: &a [*a, *a]\n'],
  ['"'],
  ['#'],
])('%s over and over ends quickly', (piece) => {
  const started = performance.now();
  expect(parsePolicy(piece.repeat(REPETITIONS), 'x.yaml').policy).toBeUndefined();
  expect(performance.now() - started).toBeLessThan(5000);
});
