import { expect, test } from 'vitest';
import { constantValue } from '../../src/kernel/constants.ts';
import { ERRNO_NAMES, errnoName, errnoNumber, errnoText } from '../../src/kernel/errno.ts';
import { syscallSince } from '../../src/kernel/system-call-age.ts';
import { SYSTEMD_GROUP_NAMES, systemdGroup } from '../../src/kernel/system-call-groups.ts';
import {
  isSystemCall,
  syscallArguments,
  syscallName,
  syscallNumber,
  syscallNumbers,
} from '../../src/kernel/system-calls.ts';

test('numbers and names belong together', () => {
  expect(syscallNumber('openat', 'x86_64')).toBe(257);
  expect(syscallNumber('openat', 'aarch64')).toBe(56);
  expect(syscallNumber('open', 'aarch64')).toBeUndefined();
  expect(isSystemCall('socketcall')).toBe(true);
  expect(isSystemCall('constructor')).toBe(false);
  for (const architecture of ['x86_64', 'aarch64'] as const) {
    for (const [number, name] of syscallNumbers(architecture)) {
      expect(syscallNumber(name, architecture)).toBe(number);
      expect(syscallName(number, architecture)).toBe(name);
    }
  }
});

test.each([
  ['fcntl', ['fd:int32', 'cmd:int32', 'arg:int64']],
  ['ioctl', ['fd:int32', 'cmd:int32', 'arg:pointer']],
  ['chmod', ['filename:pointer', 'mode:int16']],
  ['capset', ['header:pointer', 'data:pointer']],
  ['getpid', []],
  [
    'clone',
    ['clone_flags:int64', 'newsp:int64', 'parent_tidptr:pointer', 'child_tidptr:pointer', 'tls:int64'],
  ],
])('%s has arguments of the kernel prototype', (call, expected) => {
  expect(syscallArguments(call, 'x86_64')?.map(({ name, kind }) => `${name}:${kind}`)).toEqual(expected);
});

test('clone has its last two arguments the other way round on AArch64', () => {
  const names = syscallArguments('clone', 'aarch64')?.map(({ name }) => name);
  expect(names?.slice(3)).toEqual(['tls', 'child_tidptr']);
});

test('constants differ where the architectures do, and are the kernel`s, not those of the C library', () => {
  expect(constantValue('O_DIRECTORY', 'x86_64')).toBe(0o200000n);
  expect(constantValue('O_DIRECTORY', 'aarch64')).toBe(0o40000n);
  expect(constantValue('O_LARGEFILE', 'x86_64')).toBe(0o100000n);
  expect(constantValue('AT_FDCWD', 'x86_64')).toBe(-100n);
  expect(constantValue('ARCH_SET_FS', 'aarch64')).toBeUndefined();
  expect(constantValue('toString', 'x86_64')).toBeUndefined();
});

test('errnos have one usual name and know their other ones', () => {
  expect(errnoNumber('EWOULDBLOCK')).toBe(11);
  expect(errnoName(11)).toBe('EAGAIN');
  expect([errnoText(1), errnoText(4000)]).toEqual(['EPERM', 'errno 4000']);
  expect(errnoNumber('ENOTSUP')).toBe(errnoNumber('EOPNOTSUPP'));
  for (const name of ERRNO_NAMES) expect(errnoNumber(name)).toBeGreaterThan(0);
});

test('every call of the unified numbers has an age, and every age belongs to a call', () => {
  for (const [number, name] of syscallNumbers('aarch64')) {
    if (number >= 424) expect(syscallSince(name), name).toBeDefined();
  }
  expect(syscallSince('openat2')).toEqual({ major: 5, minor: 6 });
  expect(syscallSince('read')).toBeUndefined();
});

test('groups name groups that exist', () => {
  for (const group of SYSTEMD_GROUP_NAMES) {
    for (const member of systemdGroup(group) ?? []) {
      if (member.startsWith('@')) expect(SYSTEMD_GROUP_NAMES).toContain(member);
    }
  }
});
