import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Closure, closureOf } from '../../../src/host/elf/closure.ts';
import { readDynamic } from '../../../src/host/elf/dynamic.ts';
import { readHeaders } from '../../../src/host/elf/headers.ts';
import type { ElfFile, LoaderFiles } from '../../../src/host/elf/loader-files.ts';
import { ELF_MACHINES } from '../../../src/host/elf/machines.ts';
import { matchesPattern } from '../../../src/host/elf/match-pattern.ts';
import { hostFiles } from '../../../src/host/host-files.ts';
import { type ElfText, elfFile, loaderCache } from '../../support/elf.ts';

const GLIBC = '/lib64/ld-linux-x86-64.so.2';
const MUSL = '/lib/ld-musl-x86_64.so.1';

/** Files of no host: ELF files by what they say, and texts. */
function filesOf(contents: Readonly<Record<string, ElfText | string | Buffer>>): LoaderFiles {
  const elf = (path: string): ElfFile | undefined => {
    const content = contents[path];
    if (content === undefined || typeof content === 'string' || Buffer.isBuffer(content)) return undefined;
    const bytes = elfFile({ machine: ELF_MACHINES.x86_64, ...content });
    const read = (at: number, length: number): Buffer => bytes.subarray(at, at + length);
    const headers = readHeaders(read);
    return headers && { path, headers, dynamic: readDynamic(headers, read) };
  };
  const bytes = (path: string): Buffer | undefined => {
    const content = contents[path];
    return typeof content === 'string' || Buffer.isBuffer(content) ? Buffer.from(content) : undefined;
  };
  return {
    elf,
    bytes,
    text: (path) => bytes(path)?.toString('utf8'),
    list: (path) => [
      ...new Set(
        Object.keys(contents)
          .filter((each) => each.startsWith(`${path}/`))
          .map((each) => each.slice(path.length + 1).split('/')[0] ?? ''),
      ),
    ],
  };
}

interface Layout {
  readonly files: Readonly<Record<string, ElfText | string | Buffer>>;
  readonly interpreter?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly seesProc?: boolean;
}

/** The closure of `/opt/app/bin/program` in a layout. */
function closure({ files, interpreter = GLIBC, environment = {}, seesProc = true }: Layout): Closure {
  const given = filesOf(files);
  const program = given.elf('/opt/app/bin/program');
  if (program === undefined) throw new Error('the layout has no program');
  const asked = {
    program,
    interpreter,
    seesProc,
    directory: '/srv',
    environment: new Map(Object.entries(environment)),
  };
  return closureOf(asked, given);
}

function paths(layout: Layout): readonly string[] {
  return closure(layout).libraries.map(({ file }) => file.path);
}

function looks(layout: Layout): readonly string[] {
  return closure(layout).looks.map(({ path }) => path);
}

const needs = (...names: readonly string[]): ElfText => ({
  dynamic: names.map((name) => ['needed', name] as const),
});
const LEAF: ElfText = { dynamic: [] };

describe('what the loader of this host opens', () => {
  test.each(['git', 'curl', 'python3', 'svnserve', 'ssh', 'rsync', 'gcc', 'dash'])('%s', (name) => {
    // Not one of that name that somebody keeps in a directory of PATH before.
    const found = `/usr/bin/${name}`;
    const files = hostFiles(undefined, undefined);
    const program = files.elf(realpathSync(found));
    const interpreter = program?.headers.interpreter;
    if (program === undefined || interpreter === undefined) throw new Error(`${found} has no loader`);
    const asked = {
      program,
      interpreter,
      seesProc: true,
      directory: '/',
      environment: new Map<string, string>(),
    };
    const opened = execFileSync('ldd', [program.path], { encoding: 'utf8' });
    const wanted = [...opened.matchAll(/=> (\/\S+)/g)].map(([, path = '']) => realpathSync(path));
    const { libraries, missing } = closureOf(asked, files);
    const loader = realpathSync(interpreter);
    expect(libraries.map(({ file }) => file.path).sort()).toEqual(
      [...new Set(wanted)].filter((path) => path !== loader).sort(),
    );
    expect(missing).toEqual([]);
  });
});

describe('glibc', () => {
  test('breadth first, each library once, and the loader itself is none', () => {
    const files = {
      '/opt/app/bin/program': needs('liba.so', 'libb.so', 'ld.so'),
      [GLIBC]: { dynamic: [['name', 'ld.so']] } as ElfText,
      '/lib64/liba.so': needs('libc.so', 'libb.so'),
      '/lib64/libb.so': needs('libc.so'),
      '/lib64/libc.so': needs('liba.so', 'ld.so'),
    };
    expect(paths({ files })).toEqual(['/lib64/liba.so', '/lib64/libb.so', '/lib64/libc.so']);
    expect(closure({ files }).libraries[2]).toMatchObject({ name: 'libc.so', neededBy: '/lib64/liba.so' });
  });

  test('RPATH is inherited, RUNPATH is not, and stands in for RPATH', () => {
    const library = {
      '/opt/lib/liba.so': needs('libb.so'),
      '/opt/lib/libb.so': LEAF,
      '/usr/lib/libb.so': LEAF,
    };
    const program = (dynamic: ElfText['dynamic']) => ({
      files: {
        ...library,
        '/opt/app/bin/program': { dynamic: [['needed', 'liba.so'] as const, ...(dynamic ?? [])] },
      },
    });
    expect(paths(program([['rpath', '/opt/lib']]))).toEqual(['/opt/lib/liba.so', '/opt/lib/libb.so']);
    expect(paths(program([['runpath', '/opt/lib']]))).toEqual(['/opt/lib/liba.so', '/usr/lib/libb.so']);
    expect(
      paths(
        program([
          ['rpath', '/nowhere'],
          ['runpath', '/opt/lib'],
        ]),
      ),
    ).toEqual(['/opt/lib/liba.so', '/usr/lib/libb.so']);
    expect(
      looks(
        program([
          ['rpath', '/nowhere'],
          ['runpath', '/opt/lib'],
        ]),
      ),
    ).not.toContain('/nowhere');
  });

  test('$ORIGIN is the directory of the file that names it, and nothing where the loader cannot know it', () => {
    const files = {
      '/opt/app/bin/program': {
        dynamic: [
          ['needed', 'liba.so'],
          ['runpath', '$ORIGIN/../lib'],
        ],
      } as ElfText,
      '/opt/app/bin/../lib/liba.so': {
        dynamic: [
          ['needed', 'libb.so'],
          ['runpath', '$ORIGIN/more'],
        ],
      } as ElfText,
      '/opt/app/bin/../lib/more/libb.so': LEAF,
    };
    expect(paths({ files })).toEqual(['/opt/app/bin/../lib/liba.so', '/opt/app/bin/../lib/more/libb.so']);
    expect(closure({ files, seesProc: false })).toMatchObject({
      libraries: [],
      missing: [{ name: 'liba.so' }],
    });
  });

  test('$LIB and $PLATFORM are all that they can be', () => {
    const files = {
      '/opt/app/bin/program': {
        dynamic: [
          ['needed', 'liba.so'],
          ['rpath', '/opt/$LIB/$PLATFORM'],
        ],
      } as ElfText,
      '/opt/lib64/haswell/liba.so': LEAF,
    };
    expect(paths({ files })).toEqual(['/opt/lib64/haswell/liba.so']);
    expect(looks({ files })).toContain('/opt/lib/x86_64-linux-gnu/x86_64');
  });

  test('an empty or relative directory starts where the service does', () => {
    const program = (rpath: string) => ({
      files: {
        '/opt/app/bin/program': {
          dynamic: [
            ['needed', 'liba.so'],
            ['rpath', rpath],
          ],
        } as ElfText,
        '/srv//liba.so': LEAF,
        '/srv/lib/liba.so': LEAF,
      },
    });
    expect(paths(program('/opt:'))).toEqual(['/srv//liba.so']);
    expect(paths(program('lib'))).toEqual(['/srv/lib/liba.so']);
    expect(closure(program('')).missing).toHaveLength(1);
  });

  test('directories are searched in the order of ld.so(8), and all that were searched are named', () => {
    const program: ElfText = {
      dynamic: [
        ['needed', 'liba.so'],
        ['runpath', '/run'],
      ],
    };
    const environment = { LD_LIBRARY_PATH: '/env;/env2' };
    const cache = loaderCache([['liba.so', '/cached/liba.so', 0]]);
    const base = { '/opt/app/bin/program': program, '/etc/ld.so.cache': cache };
    const places = ['/env/liba.so', '/env2/liba.so', '/run/liba.so', '/cached/liba.so', '/usr/lib/liba.so'];
    for (const [index, place] of places.entries()) {
      const later = Object.fromEntries(places.slice(index).map((path) => [path, LEAF]));
      const layout = { files: { ...base, ...later }, environment };
      expect(paths(layout)).toEqual([place]);
      for (const earlier of places.slice(0, index)) expect(looks(layout)).toContain(earlier);
      for (const unseen of places.slice(index + 1)) expect(looks(layout)).not.toContain(unseen);
    }
  });

  test('a library of another machine is passed over, and looked at', () => {
    const files = {
      '/opt/app/bin/program': {
        dynamic: [
          ['needed', 'liba.so'],
          ['rpath', '/one:/two'],
        ],
      } as ElfText,
      '/one/liba.so': { machine: ELF_MACHINES.aarch64 },
      '/two/liba.so': LEAF,
    };
    expect(paths({ files })).toEqual(['/two/liba.so']);
    expect(looks({ files })).toContain('/one/liba.so');
  });

  test('every variant for some processors counts, in a directory and in the cache', () => {
    const cache = loaderCache([
      ['libb.so', '/fast/libb.so', 2 ** 62],
      ['libb.so', '/usual/libb.so', 0],
      ['libb.so', '/later/libb.so', 0],
    ]);
    const files = {
      '/opt/app/bin/program': {
        dynamic: [
          ['needed', 'liba.so'],
          ['needed', 'libb.so'],
          ['rpath', '/opt/lib'],
        ],
      } as ElfText,
      '/opt/lib/glibc-hwcaps/x86-64-v3/liba.so': LEAF,
      '/opt/lib/tls/haswell/liba.so': LEAF,
      '/opt/lib/liba.so': LEAF,
      '/etc/ld.so.cache': cache,
      '/fast/libb.so': LEAF,
      '/usual/libb.so': LEAF,
      '/later/libb.so': LEAF,
    };
    expect(paths({ files })).toEqual([
      '/opt/lib/glibc-hwcaps/x86-64-v3/liba.so',
      '/opt/lib/tls/haswell/liba.so',
      '/opt/lib/liba.so',
      '/fast/libb.so',
      '/usual/libb.so',
    ]);
  });

  test('a program without default directories has its libraries from elsewhere', () => {
    const DF_1_NODEFLIB = [0x6fff_fffb, 0x800] as const;
    const program: ElfText = { dynamic: [['needed', 'liba.so']], numbers: [DF_1_NODEFLIB] };
    const cached = (path: string) => ({
      '/etc/ld.so.cache': loaderCache([['liba.so', path, 0]]),
      [path]: LEAF,
    });
    expect(paths({ files: { '/opt/app/bin/program': program, ...cached('/usr/lib/liba.so') } })).toEqual([]);
    expect(paths({ files: { '/opt/app/bin/program': program, ...cached('/opt/lib/liba.so') } })).toEqual([
      '/opt/lib/liba.so',
    ]);
  });

  test('preloaded libraries, filters and auditors are loaded, and not missed', () => {
    const files = {
      '/opt/app/bin/program': {
        dynamic: [
          ['filter', 'libfilter.so'],
          ['audit', '/opt/audit.so'],
          ['filter', 'none.so'],
        ],
      } as ElfText,
      '/etc/ld.so.preload': '# for all\n/opt/preload.so:libtwo.so\n',
      '/opt/preload.so': LEAF,
      '/lib/libtwo.so': LEAF,
      '/opt/from-env.so': LEAF,
      '/lib/libfilter.so': LEAF,
      '/opt/audit.so': LEAF,
    };
    const layout = { files, environment: { LD_PRELOAD: '/opt/from-env.so none.so' } };
    expect(paths(layout)).toEqual([
      '/opt/from-env.so',
      '/opt/preload.so',
      '/lib/libtwo.so',
      '/lib/libfilter.so',
      '/opt/audit.so',
    ]);
    expect(closure(layout).missing).toEqual([]);
  });

  test('the files that make the cache are looked at, with the directories that they name', () => {
    const files = {
      '/opt/app/bin/program': LEAF,
      '/etc/ld.so.conf': 'include ld.so.conf.d/*.conf # all\n/usr/local/lib=libc6\nhwcap 0 x\n',
      '/etc/ld.so.conf.d/a.conf': '/opt/a\ninclude /etc/ld.so.conf\n',
      '/etc/ld.so.conf.d/b.txt': '/opt/b\n',
    };
    expect(closure({ files }).looks).toEqual([
      ...['/etc/ld.so.preload', '/etc/ld.so.cache', '/etc/ld.so.conf', '/etc/ld.so.conf.d/a.conf'].map(
        (path) => ({ kind: 'file', path, library: undefined }),
      ),
      ...['/etc/ld.so.conf.d', '/usr/local/lib', '/opt/a'].map((path) => ({
        kind: 'directory',
        path,
        library: undefined,
      })),
    ]);
  });
});

describe('musl', () => {
  const interpreter = MUSL;

  test('its own names are in the loader; search paths are inherited, RUNPATH too', () => {
    const files = {
      '/opt/app/bin/program': {
        dynamic: [
          ['needed', 'libc.so'],
          ['needed', 'liba.so'],
          ['runpath', '$ORIGIN'],
        ],
      } as ElfText,
      '/opt/app/bin/liba.so': needs('libb.so', 'libm.so.1'),
      '/opt/app/bin/libb.so': LEAF,
    };
    expect(paths({ files, interpreter })).toEqual(['/opt/app/bin/liba.so', '/opt/app/bin/libb.so']);
    expect(closure({ files, interpreter })).toMatchObject({ loader: 'musl', missing: [] });
  });

  test('the file with its path stands in for its own directories', () => {
    const program = {
      '/opt/app/bin/program': needs('liba.so'),
      '/usr/lib/liba.so': LEAF,
      '/opt/x/liba.so': LEAF,
    };
    expect(paths({ files: program, interpreter })).toEqual(['/usr/lib/liba.so']);
    const files = { ...program, '/etc/ld-musl-x86_64.path': '/opt/none\n/opt/x\n' };
    expect(paths({ files, interpreter })).toEqual(['/opt/x/liba.so']);
    expect(looks({ files, interpreter })).toContain('/etc/ld-musl-x86_64.path');
  });
});

test.each([
  ['a.conf', '*.conf', true],
  ['.conf', '*.conf', true],
  ['a.conf.old', '*.conf', false],
  ['ab', 'a?', true],
  ['a', 'a?', false],
  ['xb', '[xy]b', true],
  ['aXbXc', 'a*b*c', true],
  ['aXbX', 'a*b*c', false],
  ['', '*', true],
  ['a', '', false],
])('%j fits %j: %s', (name, pattern, fits) => {
  expect(matchesPattern(name, pattern)).toBe(fits);
});
