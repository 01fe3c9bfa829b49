import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { portcullis } from '../../support/portcullis.ts';
import { TestFolder } from '../../support/test-folder.ts';
import { ARCHITECTURE } from '../support/live-filter.ts';

type Loader = (filter: string, words: readonly string[]) => readonly string[];

const inBubble =
  (option: string): Loader =>
  (filter, words) => [
    ...['sh', '-c', `exec bwrap --bind / / --dev-bind /dev /dev ${option} 3 3< '${filter}' "$@"`, 'sh'],
    ...words,
  ];

const setpriv: Loader = (filter, words) => [
  ...['setpriv', '--no-new-privs', '--seccomp-filter', filter],
  ...words,
];

/** util-linux 2.38 does not have the option yet. */
const hasOption = spawnSync('setpriv', ['--help'], { encoding: 'utf8' }).stdout.includes('--seccomp-filter');

/** They install a raw filter and start a program under it. */
const LOADERS: readonly (readonly [string, Loader])[] = [
  ['bwrap --seccomp', inBubble('--seccomp')],
  ['bwrap --add-seccomp-fd', inBubble('--add-seccomp-fd')],
  ...(hasOption ? [['setpriv', setpriv] as const] : []),
];

const POLICY = `seccomp:
  default: allow
  rules:
    - getcwd -> errno(EPERM)
    - mkdir -> errno(EROFS)
    - mkdirat -> errno(EROFS)
`;

const LISTING = `
        A = nr
        if (A == mkdirat) goto refuse
        ${ARCHITECTURE === 'x86_64' ? 'if (A == mkdir) goto refuse' : ''}
        return allow
refuse: return errno(EROFS)
`;

type Maker = (folder: TestFolder) => Promise<string>;

/** Ways to a raw filter under which no directory can be made. */
const MAKERS: readonly (readonly [string, Maker])[] = [
  [
    'export bpf',
    async (folder) => {
      const out = `${folder.path}/policy.bpf`;
      const { code, stderr } = await portcullis([
        'export',
        'bpf',
        '--allow-exec',
        folder.write('p.yaml', POLICY),
        '-o',
        out,
      ]);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      return out;
    },
  ],
  [
    'bpf asm',
    async (folder) => {
      const out = `${folder.path}/listing.bpf`;
      const { code, stderr } = await portcullis(['bpf', 'asm', folder.write('l.asm', LISTING), '-o', out]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return out;
    },
  ],
];

test.each(
  LOADERS.flatMap(([loader, load]) => MAKERS.map(([maker, make]) => [loader, maker, load, make] as const)),
)('%s runs a program under a filter of %s', async (_loader, _maker, load, make) => {
  using folder = new TestFolder();
  const filter = await make(folder);
  const probe = ['sh', '-c', `mkdir '${folder.path}/made' && echo made`];
  const run = (words: readonly string[]): string => {
    const [program = '', ...args] = words;
    const { stdout, stderr } = spawnSync(program, args, {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    });
    return `${stdout}${stderr}`;
  };
  expect(run(load(filter, probe))).toMatch(/Read-only file system/);
  expect(run(probe)).toBe('made\n');
});
