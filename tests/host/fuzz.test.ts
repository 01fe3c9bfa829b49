import { readFileSync } from 'node:fs';
import { PT_GNU_STACK } from '../../src/host/elf/headers.ts';
import { readLoaderCache } from '../../src/host/elf/loader-cache.ts';
import { readLoaderConfig } from '../../src/host/elf/loader-config.ts';
import type { ReadAt } from '../../src/host/elf/read-at.ts';
import { directoriesOf } from '../../src/host/elf/search-path.ts';
import { formatOfBytes } from '../../src/host/executable.ts';
import { executableElsewhere, mountOf, readMounts } from '../../src/host/mounts.ts';
import { programsOfScript } from '../../src/host/starts/shell-programs.ts';
import { elfFile, loaderCache } from '../support/elf.ts';
import { demand } from '../support/fuzz/demands.ts';
import { fuzz } from '../support/fuzz/fuzz.ts';
import { mutateBytes } from '../support/fuzz/mutate-bytes.ts';
import { TextMutator } from '../support/fuzz/mutate-text.ts';

const mountinfo = new TextMutator(
  [
    '23 28 0:21 / /proc rw,nosuid,relatime shared:13 - proc proc rw,hidepid=2\n28 1 254:1 / / rw,relatime - ext4 /dev/vda rw\n',
    '31 28 0:5 / /srv/with\\040blank rw - tmpfs none rw,size=4k\n31 28 0:5 / /srv rw,nosuid master:1 - tmpfs none rw\n',
  ],
  [' - ', ' ', '\\040', '\\777', '\\', '/', '\n', ',', '/srv/with blank'],
);

fuzz('mounts', {
  input: (random) => mountinfo.text(random),
  read: (text) => {
    const mounts = readMounts(text);
    const paths = ['/srv/with blank/x', '/proc', '/', ''];
    const found = paths.map((path) => mountOf(path, mounts));
    const places = paths.flatMap((path) => executableElsewhere(path, mounts));
    demand(!places.includes(''), 'a place without a path');
    for (const mount of found) demand(mount === undefined || mount.point !== '', 'a mount at no place');
    return found[1]?.type === 'proc';
  },
});

function readerOf(bytes: Uint8Array): ReadAt {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (at, length) => buffer.subarray(at, at + length);
}

/** Words of the loader in braces, which would look like those of a template. */
const braced = (word: string): string => `$${'{'}${word}}`;

/** The head of a real program: its own headers, and the name of its interpreter. */
const PROGRAM = readFileSync(process.execPath).subarray(0, 1200);
const SCRIPTS = ['#!/bin/sh -e\nexit\n', '#! \t/usr/bin/env node\n', '#!\n'].map((text) => Buffer.from(text));
const LIBRARY = elfFile({
  interpreter: '/lib/ld.so',
  segments: [{ type: PT_GNU_STACK, flags: 6 }],
  dynamic: [
    ['needed', 'libc.so.6'],
    ['needed', '$ORIGIN/libx.so'],
    ['name', 'liby.so.1'],
    ['rpath', '/opt/lib:$ORIGIN/../lib'],
    ['runpath', `/opt/lib:${braced('ORIGIN')}/$LIB:$PLATFORM`],
    ['filter', 'libz.so'],
  ],
});

fuzz('executable file', {
  input: (random) => mutateBytes([PROGRAM, LIBRARY, LIBRARY, ...SCRIPTS][random(6)] ?? PROGRAM, random),
  read: (bytes) => {
    const format = formatOfBytes(readerOf(bytes));
    const name = format.kind === 'elf' ? format.headers.interpreter : undefined;
    demand(
      name === undefined || (name.length <= 4096 && !name.includes('\0')),
      'an interpreter that is no path',
    );
    const { dynamic } = format.kind === 'elf' ? format : { dynamic: undefined };
    for (const text of [...(dynamic?.needed ?? []), dynamic?.runpath ?? ''])
      demand(!text.includes('\0') && text.length <= 65_536, 'a name that is none');
    return format.kind === 'elf' && dynamic !== undefined && dynamic.needed.length > 0;
  },
});

const CACHE = loaderCache([
  ['libc.so.6', '/lib/x86_64-linux-gnu/libc.so.6', 0],
  ['libz.so.1', '/usr/lib/glibc-hwcaps/x86-64-v3/libz.so.1', 2 ** 62],
  ['libz.so.1', '/usr/lib/libz.so.1', 0],
]);

fuzz('loader cache', {
  input: (random) => mutateBytes(CACHE, random),
  read: (bytes) => {
    const entries = [...readLoaderCache(Buffer.from(bytes)).values()].flat();
    for (const { path } of entries) demand(!path.includes('\0'), 'a path that is none');
    return entries.length === 3;
  },
});

const settings = new TextMutator(
  [
    'include /etc/ld.so.conf.d/*.conf\n\n/usr/local/lib # ours\nhwcap 0 nosegneg\n',
    'include ld.so.conf.d/[ab]?.conf x.conf\n/usr/lib=libc6\n  /opt/lib\n',
  ],
  ['include', '*', '?', '[', ']', '/', '..', '#', '=', '/etc/ld.so.conf'],
);

fuzz('loader settings', {
  input: (random) => settings.text(random),
  read: (text) => {
    const { directories, files } = readLoaderConfig({
      elf: () => undefined,
      bytes: () => undefined,
      text: (path) => (path.length < 200 ? text : undefined),
      list: () => ['a1.conf', 'b.conf', 'ld.so.conf'],
    });
    for (const path of directories) demand(path.startsWith('/') && !/\s/.test(path), 'no directory');
    demand(files.length <= 1000, 'files without end');
    return directories.length > 0;
  },
});

const paths = new TextMutator(
  [`/opt/lib:$ORIGIN/../lib:${braced('LIB')}/$PLATFORM`, `:$ORIGINAL/${braced('ORIGIN')}:/usr/$LIB`],
  ['$ORIGIN', braced('ORIGIN'), '$LIB', '$PLATFORM', braced(''), '{', '}', '$', ':', '/'],
);

fuzz('search path', {
  input: (random) => paths.text(random),
  read: (text) => {
    const found = directoriesOf(text.slice(0, 200), /:/, { origin: '/opt', machine: 62 }, '/srv');
    for (const path of found) demand(path.startsWith('/'), 'a path that starts nowhere');
    return found.length > 3;
  },
});

const scripts = new TextMutator(
  [
    readFileSync('policies/msmtpd-deliver.sh', 'utf8'),
    'f() { a=$((1 + $(id))); }\ncase "$1" in (a|b) f ;; *) `date` ;; esac\ncat <<-END | tr a b >x 2>&1\n\ta\n\tEND\nexec prog "$@"\n',
  ],
  [
    '$(',
    '$((',
    '`',
    '"',
    "'",
    '<<',
    ';;',
    'esac',
    'case',
    'for',
    '))',
    '{',
    '[[',
    '&>',
    '=(',
    '\\\n',
    'exec',
  ],
);

fuzz('shell script', {
  input: (random) => scripts.text(random),
  read: (text) => {
    const found = programsOfScript(text);
    const lines = text.split('\n').length;
    for (const { name, line } of found) {
      demand(name !== '', 'a program without a name');
      demand(line >= 1 && line <= lines, `line ${line} of ${lines}`);
    }
    return found.length > 3;
  },
});
