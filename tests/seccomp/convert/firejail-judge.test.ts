import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importFirejail } from '../../../src/seccomp/convert/firejail/import.ts';
import { importedFilter } from '../../../src/seccomp/convert/import-seccomp.ts';
import { decodeProgram, type Filter, type Program } from '../../../src/seccomp/index.ts';
import { TestFolder } from '../../support/test-folder.ts';
import { ARCHITECTURE } from '../support/live-filter.ts';
import { X86_64 } from './support/answers.ts';
import { NamedCalls } from './support/same-answers.ts';

const MACHINE = ARCHITECTURE === 'x86_64' ? 'x86_64' : 'aarch64';
/** The part of firejail that makes the filters; it runs alone, without privilege. */
const FSECCOMP = `/usr/lib/${MACHINE}-linux-gnu/firejail/fseccomp`;

/** What firejail runs for a profile, with the files that it names. */
function programs(commands: readonly string[], action: string): readonly Program[] {
  using folder = new TestFolder();
  const made: Program[] = [];
  for (const [index, command] of commands.entries()) {
    const files = [join(folder.path, `${index}a`), join(folder.path, `${index}b`)];
    const args = command
      .split(' ')
      .map((word) => (word === 'A' ? files[0] : word === 'B' ? files[1] : word) ?? '');
    const env = { FIREJAIL_QUIET: 'yes', FIREJAIL_SECCOMP_ERROR_ACTION: action };
    const { status, stderr } = spawnSync(FSECCOMP, args, { encoding: 'utf8', env });
    expect({ command, status, stderr }).toEqual({ command, status: 0, stderr: '' });
    for (const file of files) {
      if (!existsSync(file)) continue;
      const bytes = readFileSync(file);
      const decoded = decodeProgram(bytes, ARCHITECTURE);
      if (!decoded.ok) throw new Error(`${command}: ${decoded.message}`);
      made.push(decoded.program);
    }
  }
  return made;
}

/** Profiles, and what firejail runs for each of their lines. */
const CASES: readonly (readonly [profile: string, action: string, commands: readonly string[]])[] = [
  ['seccomp', 'EPERM', ['default A']],
  ['allow-debuggers\nseccomp', 'EPERM', ['default A allow-debuggers']],
  ['seccomp.drop mkdir,rmdir# a remark\ninclude disable-x.inc # and more', 'EPERM', ['drop A B mkdir,rmdir']],
  ['seccomp !chroot,tkill', 'EPERM', ['default drop A B !chroot,tkill']],
  ['seccomp mount:EACCES,unlink:ENOENT,$3', 'EPERM', ['default drop A B mount:EACCES,unlink:ENOENT,$3']],
  ['seccomp.keep read,mount:EACCES,execve:kill', 'EPERM', ['keep A B read,mount:EACCES,execve:kill']],
  ['seccomp.drop @clock,execve,ptrace:kill', 'EPERM', ['drop A B @clock,execve,ptrace:kill']],
  [
    'seccomp.keep read,write,@file-system,!open\nseccomp-error-action kill',
    'kill',
    ['keep A B read,write,@file-system,!open'],
  ],
  ['seccomp.keep @system-service\nseccomp-error-action log', 'log', ['keep A B @system-service']],
  [
    'seccomp.drop @privileged,@resources,@network-io,@process\nseccomp-error-action ENOSYS',
    'ENOSYS',
    ['drop A B @privileged,@resources,@network-io,@process'],
  ],
  [
    'seccomp.drop @aio,@basic-io,@io-event,@ipc,@keyring,@memlock,@setuid,@signal,@sync,@timer',
    'EPERM',
    ['drop A B @aio,@basic-io,@io-event,@ipc,@keyring,@memlock,@setuid,@signal,@sync,@timer'],
  ],
  ['memory-deny-write-execute', 'EPERM', ['memory-deny-write-execute A']],
  ['restrict-namespaces', 'EPERM', ['restrict-namespaces A cgroup,ipc,net,mnt,pid,time,user,uts']],
  ['restrict-namespaces user,time\nseccomp-error-action kill', 'kill', ['restrict-namespaces A user,time']],
  ['protocol unix,inet,inet6', 'EPERM', ['protocol build unix,inet,inet6 A']],
  ['protocol netlink,packet,bluetooth', 'EPERM', ['protocol build netlink,packet,bluetooth A']],
  [
    'seccomp\nmemory-deny-write-execute\nrestrict-namespaces net\nprotocol unix\nseccomp-error-action kill',
    'kill',
    ['protocol build unix A', 'default A', 'memory-deny-write-execute A', 'restrict-namespaces A net'],
  ],
];

test.each(CASES)(
  'the filters that firejail makes for %j answer as the import',
  (profile, action, commands) => {
    const { filter: imported, diagnostics } = importFirejail(profile, {
      ...X86_64,
      architecture: ARCHITECTURE,
    });
    if (imported === undefined) throw new Error(diagnostics.map(({ message }) => message).join('; '));
    const filter: Filter = importedFilter(imported, ARCHITECTURE).filter;
    const calls = new NamedCalls(filter);
    const theirs = calls.stack(programs(commands, action));
    const ours = calls.ofFilter(filter);
    expect(calls.wider(theirs, ours)).toBeUndefined();
    expect(calls.difference(theirs, ours)).toBeUndefined();
  },
);
