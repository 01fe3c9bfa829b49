import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { groupNames, lookupGroup, lookupUser, userNames } from '../../src/host/accounts.ts';

test('users are found by name and by number', () => {
  expect(lookupUser('root')).toEqual({ name: 'root', uid: 0, gid: 0 });
  expect(lookupUser(0)).toEqual({ name: 'root', uid: 0, gid: 0 });
});

test('every local user is found as getent finds it', () => {
  for (const name of userNames()) {
    const [, , uid, gid] = execFileSync('getent', ['passwd', name], { encoding: 'utf8' }).split(':');
    expect(lookupUser(name)).toEqual({ name, uid: Number(uid), gid: Number(gid) });
  }
});

test('every local group is found by name and number', () => {
  for (const name of groupNames()) {
    const group = lookupGroup(name);
    expect(group?.name).toBe(name);
    expect(lookupGroup(group?.gid ?? -1)?.gid).toBe(group?.gid);
  }
});

test('strangers are not found', () => {
  expect(lookupUser('no-such-user')).toBeUndefined();
  expect(lookupUser(3_999_999_999)).toBeUndefined();
  expect(lookupGroup('no-such-group')).toBeUndefined();
  expect(lookupGroup(3_999_999_999)).toBeUndefined();
  expect(lookupUser('0')).toBeUndefined();
});
