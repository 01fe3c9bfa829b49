import { describe, expect, test } from 'vitest';
import { executableElsewhere, mountOf, readMounts } from '../../src/host/mounts.ts';

test('a mount is the deepest one that holds the path', () => {
  const mounts = readMounts(
    [
      '27 1 254:0 / / rw - ext4 /dev/vda rw',
      '30 27 0:9 /inner\\040root /my\\040home rw,nosuid - tmpfs tmpfs rw,size=4k',
      '31 27 0:9 / /my rw - xfs x rw',
    ].join('\n'),
  );
  expect(mountOf('/my home/gate', mounts)).toEqual({
    point: '/my home',
    type: 'tmpfs',
    options: ['rw', 'nosuid', 'rw', 'size=4k'],
    device: '0:9',
    root: '/inner root',
  });
  expect(mountOf('/mynah', mounts)?.point).toBe('/');
});

describe('the files below /srv/data', () => {
  const ROOT = '27 1 254:0 / / rw - ext4 /dev/vda rw';

  test.each<[what: string, mounts: readonly string[], places: readonly string[]]>([
    ['of one mount are there alone', [], []],
    ['of a mount that is bound elsewhere', ['30 27 254:0 /srv/data /mnt rw - ext4 x rw'], ['/mnt']],
    ['with the directory above it', ['30 27 254:0 /srv /mnt rw - ext4 x rw'], ['/mnt/data']],
    ['with the whole filesystem', ['30 27 254:0 / /mnt rw - ext4 x rw'], ['/mnt/srv/data']],
    ['in part', ['30 27 254:0 /srv/data/a/b /mnt ro - ext4 x rw'], ['/mnt']],
    ['where nothing is executed', ['30 27 254:0 /srv/data /mnt rw,noexec - ext4 x rw'], []],
    ['beside them', ['30 27 254:0 /srv/database /mnt rw - ext4 x rw'], []],
    ['of another filesystem', ['30 27 254:1 /srv/data /mnt rw - ext4 y rw'], []],
    ['below themselves', ['30 27 254:0 /srv/data/a /srv/data/b rw - ext4 x rw'], []],
    [
      'of a mount of their own, which another shows too',
      ['30 27 0:9 /a /srv/data rw - tmpfs x rw', '31 27 0:9 / /mnt rw - tmpfs x rw'],
      ['/mnt/a'],
    ],
    [
      'of a mount below them, which another shows too',
      ['30 27 0:9 /a /srv/data/a rw - tmpfs x rw', '31 27 0:9 /a/b /mnt rw - tmpfs x rw'],
      ['/mnt'],
    ],
    [
      'where something else covers them',
      ['30 27 254:0 /srv/data /mnt rw - ext4 x rw', '31 30 0:9 / /mnt rw - tmpfs x rw'],
      [],
    ],
  ])('%s', (_, more, places) => {
    expect(executableElsewhere('/srv/data', readMounts([ROOT, ...more].join('\n')))).toEqual(places);
  });
});
