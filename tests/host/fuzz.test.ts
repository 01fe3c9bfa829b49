import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { executableFormat } from '../../src/host/executable.ts';
import { executableElsewhere, mountOf, readMounts } from '../../src/host/mounts.ts';
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

const directory = mkdtempSync(join(tmpdir(), 'fuzz-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** The head of a real program: its own headers, and the name of its interpreter. */
const PROGRAM = readFileSync(process.execPath).subarray(0, 1200);
const SCRIPTS = ['#!/bin/sh -e\nexit\n', '#! \t/usr/bin/env node\n', '#!\n'].map((text) => Buffer.from(text));

fuzz('executable file', {
  input: (random) => mutateBytes([PROGRAM, PROGRAM, ...SCRIPTS][random(5)] ?? PROGRAM, random),
  read: (bytes) => {
    const file = join(directory, 'program');
    writeFileSync(file, bytes);
    const format = executableFormat(file);
    const name = format.kind === 'unknown' ? undefined : format.interpreter;
    demand(
      name === undefined || (name.length <= 4096 && !name.includes('\0')),
      `an interpreter that is no path`,
    );
    return format.kind !== 'unknown';
  },
});
