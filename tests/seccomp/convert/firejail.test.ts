import { expect, test } from 'vitest';
import { SYSTEM_CALL_NAMES } from '../../../src/kernel/system-calls.ts';
import { FIREJAIL_GROUPS, firejailGroup } from '../../../src/seccomp/convert/firejail/groups.ts';
import { importFirejail } from '../../../src/seccomp/convert/firejail/import.ts';
import type { Imported } from '../../../src/seccomp/convert/imported.ts';
import { checkTable, said, X86_64 } from './support/answers.ts';

const FILES: Readonly<Record<string, string>> = {
  'more.inc': 'seccomp.drop chroot\n',
  'itself.inc': 'include itself.inc\n',
};

function read(text: string): Imported {
  return importFirejail(text, {
    ...X86_64,
    include: (path) => {
      const included = FILES[path];
      return included === undefined ? undefined : { file: path, text: included };
    },
  });
}

const ALLOW = 'allow';
const EPERM = 'errno(EPERM)';

/** Profiles, and what the filters that firejail loads for them answer together. */
const CORPUS: readonly (readonly [name: string, profile: string, table: Readonly<Record<string, string>>])[] =
  [
    [
      'the default list',
      '# a profile\ninclude disable-common.inc\nblacklist /boot\nseccomp\n',
      {
        read: ALLOW,
        mount: EPERM,
        ptrace: EPERM,
        bpf: EPERM,
        chroot: EPERM,
        personality: EPERM,
        execve: ALLOW,
        io_uring_setup: ALLOW,
      },
    ],
    [
      'the default list where debuggers are let in',
      'allow-debuggers\nseccomp',
      { ptrace: ALLOW, personality: ALLOW, mount: EPERM },
    ],
    [
      'exceptions, more calls, errnos and numbers',
      'seccomp !chroot,@memlock,unlinkat:ENOENT,mount:EACCES,tkill:kill,$600,utimes',
      {
        chroot: ALLOW,
        mlock: EPERM,
        unlinkat: 'errno(ENOENT)',
        mount: 'errno(EACCES)',
        tkill: 'kill_thread',
        600: EPERM,
        utimes: EPERM,
        read: ALLOW,
      },
    ],
    ['a list of its own', 'seccomp.drop mount,@clock', { mount: EPERM, settimeofday: EPERM, ptrace: ALLOW }],
    [
      'a list of what is kept',
      'seccomp.keep read,write,@basic-io,!dup,open:ENOENT',
      {
        read: ALLOW,
        pwrite64: ALLOW,
        dup: EPERM,
        open: 'errno(ENOENT)',
        prctl: ALLOW,
        execve: ALLOW,
        mount: EPERM,
        clone3: EPERM,
      },
    ],
    [
      'other answers to what is denied',
      'seccomp-error-action kill\nseccomp.drop mount',
      { mount: 'kill_thread', read: ALLOW },
    ],
    [
      'denials that are only logged',
      'seccomp-error-action log\nseccomp.keep read',
      { mount: 'log', read: ALLOW },
    ],
    ['an errno by name', 'seccomp.drop mount\nseccomp-error-action ENOSYS', { mount: 'errno(ENOSYS)' }],
    [
      'memory that is writable and executable',
      'memory-deny-write-execute',
      {
        'mmap 0 0 3': ALLOW,
        'mmap 0 0 5': ALLOW,
        'mmap 0 0 6': EPERM,
        'mmap 0 0 0x100000006': EPERM,
        'mprotect 0 0 4': EPERM,
        'mprotect 0 0 3': ALLOW,
        'pkey_mprotect 0 0 4': EPERM,
        'shmat 0 0 0x8000': EPERM,
        'shmat 0 0 0': ALLOW,
        memfd_create: EPERM,
        read: ALLOW,
      },
    ],
    [
      'namespaces',
      'restrict-namespaces',
      {
        'clone 0x10000000': EPERM,
        'clone 0x11': ALLOW,
        'clone 0x80': ALLOW,
        'unshare 0x80': EPERM,
        'unshare 0x10000000': EPERM,
        'unshare 0x400': ALLOW,
        'setns 3 0': EPERM,
        'setns 3 0x40000000': EPERM,
        clone3: 'errno(ENOSYS)',
      },
    ],
    [
      'some namespaces',
      'restrict-namespaces user,net',
      {
        'clone 0x10000000': EPERM,
        'clone 0x20000000': ALLOW,
        'setns 3 0': EPERM,
        'setns 3 0x20000000': ALLOW,
        'setns 3 0x40000000': EPERM,
      },
    ],
    [
      'protocols',
      'protocol unix,inet,inet6',
      {
        'socket 1': ALLOW,
        'socket 2': ALLOW,
        'socket 10': ALLOW,
        'socket 16': 'errno(EOPNOTSUPP)',
        'socket 17': 'errno(EOPNOTSUPP)',
        'socketpair 16': ALLOW,
      },
    ],
    [
      'filters that stand one above the other',
      'seccomp.keep mmap,read,socket\nmemory-deny-write-execute\nprotocol unix\nseccomp-error-action kill',
      {
        'mmap 0 0 6': 'kill_thread',
        'mmap 0 0 3': ALLOW,
        memfd_create: 'kill_thread',
        'mprotect 0 0 3': 'kill_thread',
        'socket 1': ALLOW,
        'socket 2': 'errno(EOPNOTSUPP)',
        write: 'kill_thread',
      },
    ],
    [
      'options of a command line',
      'firejail --noprofile --seccomp.drop=mount,chroot --protocol=unix --memory-deny-write-execute prog --seccomp.keep=x',
      { mount: EPERM, chroot: EPERM, 'socket 2': 'errno(EOPNOTSUPP)', memfd_create: EPERM, ptrace: ALLOW },
    ],
    ['options alone', '--seccomp\n', { mount: EPERM, read: ALLOW }],
    [
      'files that are included',
      'seccomp.drop mount\ninclude more.inc\ninclude mine.local',
      { mount: EPERM, chroot: EPERM },
    ],
    [
      'lines that are taken out',
      'ignore seccomp\nignore protocol unix\nseccomp\nseccomp.drop mount\nprotocol unix,inet',
      { mount: EPERM, ptrace: ALLOW, 'socket 2': ALLOW, 'socket 16': 'errno(EOPNOTSUPP)' },
    ],
    [
      'conditions',
      '?BROWSER_ALLOW_DRM: ignore seccomp.drop\n?HAS_X11: seccomp.drop mount\nseccomp.drop chroot',
      { mount: EPERM, chroot: EPERM },
    ],
  ];

test.each(CORPUS)('%s', (_name, profile, table) => {
  expect(checkTable(read(profile), table)).toEqual(table);
});

const PROBLEMS = [
  '',
  'caps.drop all\nprivate-tmp\nseccomp',
  'secomp',
  'seccomp.drp mount\nseccomp',
  'seccomp.drop',
  'seccomp.keep\n',
  'seccomp @defalt',
  'seccomp raed',
  'seccomp !@clock',
  'seccomp mount:EPREM',
  'seccomp-error-action deny\nseccomp',
  'seccomp-error-action\nseccomp',
  'protocol unix,inet4',
  'protocol unix\nprotocol inet',
  'restrict-namespaces usr',
  'seccomp\nseccomp.keep read',
  'seccomp.32.drop mount\nseccomp.block-secondary\nseccomp',
  'include missing.inc\nseccomp',
  'include mine.local\nseccomp',
  'include itself.inc\nseccomp',
  '?HAS_X11: seccomp\n?HAS_NET: allow-debuggers',
] as const;

test('every problem says what was expected, where, and how to fix it', async () => {
  const lines = PROBLEMS.flatMap((profile) => [`=== ${JSON.stringify(profile)}`, ...said(read(profile))]);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('golden/firejail.txt');
});

test('every member of a list is a call', () => {
  const unknown = FIREJAIL_GROUPS.flatMap((group) => firejailGroup(group) ?? []).filter(
    (name) => !SYSTEM_CALL_NAMES.includes(name),
  );
  expect(unknown).toEqual([]);
});
