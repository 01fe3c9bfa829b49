import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { portcullis } from '../support/portcullis.ts';
import { PROGRAMS } from './support/in-world.ts';

const LABS = new URL('../../labs/', import.meta.url).pathname;
const page = readFileSync(`${LABS}SOCKETS.md`, 'utf8');
const french = readFileSync(`${LABS}SOCKETS.fr.md`, 'utf8');

interface Shown {
  readonly program: string;
  readonly command: string;
  readonly output: string;
}

/** The programs of the page, each with its command and what it prints. */
function shownOn(text: string): readonly Shown[] {
  const sections = /sockets\/([\w-]+)\.c\)\n\n```sh\n(.*)\n```\n\n```text\n([^`]*)```/g;
  return [...text.matchAll(sections)].map(([, program = '', command = '', output = '']) => ({
    program,
    command,
    output,
  }));
}

function alike(output: string): string {
  return output.replaceAll(/port \d+/g, 'port N');
}

describe('sockets in ten minutes', () => {
  const shown = shownOn(page);

  test('has every program, and each program its section', () => {
    const sources = readdirSync(`${LABS}sockets`).filter((name) => name.endsWith('.c'));
    expect(shown.map(({ program }) => `${program}.c`).sort()).toEqual(sources.sort());
  });

  test('is the same page in French', () => {
    const commands = (text: string): unknown => shownOn(text);
    expect(commands(french)).toEqual(commands(page));
    const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;
    for (const pattern of [/^## /gm, /^\| /gm, /^```/gm])
      expect(count(french, pattern)).toBe(count(page, pattern));
  });

  test.each(shown.filter(({ program }) => program !== 'families'))(
    'shows what $program prints, to root and to others',
    ({ program, output }) => {
      const path = join(PROGRAMS, 'sockets', program);
      for (const identity of [{}, { uid: 60_000, gid: 60_000 }]) {
        const printed = execFileSync(path, { encoding: 'utf8', timeout: 30_000, ...identity });
        expect(alike(printed).split('\n').sort()).toEqual(output.split('\n').sort());
      }
    },
  );

  test('shows the families under Portcullis, which this kernel has without it', async () => {
    const path = join(PROGRAMS, 'sockets', 'families');
    const bare = spawnSync(path, { encoding: 'utf8' }).stdout;
    for (const family of ['AF_UNIX', 'AF_INET', 'AF_NETLINK', 'AF_PACKET'])
      expect(bare).toContain(`${family}: a socket\n`);
    const { output = '' } = shown.find(({ program }) => program === 'families') ?? {};
    const words = ['run', '--seccomp-default', 'errno(EPERM)', '--', path];
    expect((await portcullis(words)).stdout).toBe(output);
  });

  test('shows the default rules, which end the program at the first family that they do not know', async () => {
    const { code, stdout, stderr } = await portcullis(['run', '--', join(PROGRAMS, 'sockets', 'families')]);
    expect({ code, stdout }).toEqual({ code: 159, stdout: 'AF_UNIX: Permission denied\n' });
    expect(stderr).toContain('denied call');
  });
});
