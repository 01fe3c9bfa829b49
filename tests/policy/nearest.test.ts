import { describe, expect, test } from 'vitest';
import { nearest } from '../../src/policy/nearest.ts';

describe('nearest', () => {
  test.each([
    ['nobdy', ['root', 'nobody'], 'nobody'],
    ['usre', ['user', 'umask'], 'user'],
    ['READ', ['read', 'write'], 'read'],
    ['nofiles', ['fsize', 'nofile'], 'nofile'],
    ['seccmp', ['seccomp', 'service'], 'seccomp'],
  ])('%s', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });

  test('nothing close', () => {
    expect(nearest('colour', ['user', 'group'])).toBeUndefined();
    expect(nearest('xy', ['ab'])).toBeUndefined();
    expect(nearest('a', ['b'])).toBeUndefined();
    expect(nearest('', ['user'])).toBeUndefined();
  });

  test('the closest wins, the first of equals', () => {
    expect(nearest('read', ['pread', 'read'])).toBe('read');
    expect(nearest('groop', ['groups', 'group'])).toBe('group');
  });
});
