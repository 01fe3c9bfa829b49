import { SECTIONS, type Section } from '../../policy/keys/key.ts';
import {
  defaultText,
  type KeyReference,
  policyReference,
  valueText,
} from '../../policy/reference/policy-reference.ts';
import type { CommandDescription } from '../arguments/command-description.ts';
import { PROGRAM } from '../program-description.ts';
import { paragraphs, section, seeAlso, surroundingBlocks } from './common-blocks.ts';
import { FILTER_BLOCKS } from './filter-words.ts';
import type { Block, ManualPage } from './roff.ts';

/** The worked example of the README and of examples/daytime.yaml; a test compares them. */
const EXAMPLE = `portcullis: 1
service: daytime
listen: tcp://[::]:13
run: [/bin/date, --utc]
user: nobody
environment: { set: { LC_ALL: C } }
rlimits: { nofile: 8, as: 64MiB, cpu: 1s, fsize: 0 }
limits: { sessions: 40, time: 5s }
seccomp:
  rules:
    - "@start"
    - write(fd in {1, 2})`;

const VALUES: readonly (readonly [term: string, text: string])[] = [
  [
    'size',
    'A number of bytes, or with a unit: B, KiB, MiB, GiB and TiB are powers of 1024, kB, MB, GB and TB of 1000.',
  ],
  [
    'time',
    'A number with a unit: us, ms, s, m, h or d. For `rlimits.cpu` and `rlimits.rttime` it may be a bare number, of seconds and of microseconds.',
  ],
  [
    'path',
    'Absolute and in its shortest form, seen from inside the `root`, which is itself seen from the host.',
  ],
  [
    'address',
    '`tcp://ADDRESS:PORT`; `tcp4` and `tcp6` for one family alone. Without ADDRESS it is every address: `tcp://:79`.',
  ],
];

/** portcullis-policy(5), made from the schema of policies. */
export function policyPage(commands: readonly CommandDescription[]): ManualPage {
  return {
    name: 'portcullis-policy',
    section: 5,
    blocks: [
      ...section(
        'NAME',
        paragraphs(['portcullis-policy - the policy of a service that portcullis confines']),
      ),
      ...section('DESCRIPTION', [
        ...paragraphs([
          'A policy is one YAML file that describes one service: the program, its sockets, its identity, its limits and its system calls. A key that it leaves out has the most careful value that suits most services. Each further right of a service is a line of its policy. portcullis-check(1) reports all problems of a policy.',
          'The file is UTF-8, at most 256 KiB, one YAML 1.2 document. Aliases, tags, directives and merge keys are refused, and so is a key that is written twice.',
        ]),
        ...VALUES.map(
          ([text, meaning]): Block => ({
            kind: 'entry',
            term: { style: 'literal', text },
            paragraphs: [meaning],
          }),
        ),
      ]),
      ...section('KEYS', [
        ...paragraphs(['Each key is listed with its value, its default and an example.']),
        ...SECTIONS.flatMap(subsection),
      ]),
      ...section('FILTER RULES', FILTER_BLOCKS),
      ...section('EXAMPLES', [
        ...paragraphs(['A service that sends the time of day:']),
        { kind: 'code', lines: EXAMPLE.split('\n') },
      ]),
      ...section('FILES', surroundingBlocks(PROGRAM.files)),
      ...seeAlso([
        'portcullis(1)',
        ...commands.map(({ name }) => `portcullis-${name}(1)`),
        'getrlimit(2)',
        'seccomp(2)',
        'capabilities(7)',
        'landlock(7)',
      ]),
    ],
  };
}

function subsection(title: Section): readonly Block[] {
  return [{ kind: 'subsection', title }, ...policyReference(title).flatMap(keyBlocks)];
}

/** An entry; for a mapping its text, and the entries of its keys. */
function keyBlocks(key: KeyReference): readonly Block[] {
  if (key.keys.length > 0) return [...paragraphs([key.text]), ...key.keys.flatMap(keyBlocks)];
  return [
    {
      kind: 'entry',
      term: { style: 'literal', text: key.path },
      paragraphs: [key.text, facts(key)],
      ...(key.example === undefined ? {} : { example: key.example }),
    },
  ];
}

function facts(key: KeyReference): string {
  const value = `Value: ${valueText(key)}.`;
  return key.required ? `${value} Required.` : `${value} Default: ${defaultText(key)}.`;
}
