import { execFile } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/host/findings/finding.ts';
import { NODE, PROGRAM, portcullis } from '../support/portcullis.ts';
import { TestFolder } from '../support/test-folder.ts';

interface Report {
  readonly code: number;
  readonly levels: ReadonlyMap<string, Finding['level']>;
}

/** What doctor finds below another command, which takes something away from it. */
function doctorBelow(prefix: readonly string[]): Promise<Report> {
  const [first = '', ...rest] = [...prefix, NODE, PROGRAM, 'doctor', '--json'];
  return new Promise((resolve, reject) => {
    execFile(first, rest, { env: { PATH: process.env['PATH'] } }, (error, stdout, stderr) => {
      if (stdout === '') return reject(new Error(stderr));
      const { findings }: { readonly findings: readonly Finding[] } = JSON.parse(stdout);
      const levels = new Map(findings.map(({ id, level }) => [id, level]));
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, levels });
    });
  });
}

describe('portcullis doctor', () => {
  test('finds nothing missing on a host that runs these tests', async () => {
    const { code, levels } = await doctorBelow(['env']);
    expect([...levels].filter(([, level]) => level === 'missing')).toEqual([]);
    expect(code).toBe(0);
  });

  test.each<[string, readonly string[], string, Finding['level']]>([
    ['capabilities', ['setpriv', '--bounding-set=-sys_admin'], 'capabilities', 'missing'],
    ['namespaces', ['setpriv', '--bounding-set=-sys_admin'], 'namespaces', 'missing'],
    ['CAP_SYS_RAWIO', ['setpriv', '--bounding-set=-sys_rawio'], 'page-0', 'note'],
    ['no_new_privs', ['setpriv', '--no-new-privs'], 'no-new-privileges', 'note'],
    ['descriptors', ['prlimit', '--nofile=100:100'], 'descriptors', 'missing'],
    ['another user', ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'], 'capabilities', 'note'],
    [
      'a short queue of listeners',
      ['unshare', '--net', 'sh', '-c', 'echo 128 > /proc/sys/net/core/somaxconn && exec "$@"', 'sh'],
      'backlog',
      'note',
    ],
    [
      'no cookies',
      ['unshare', '--net', 'sh', '-c', 'echo 0 > /proc/sys/net/ipv4/tcp_syncookies && exec "$@"', 'sh'],
      'syncookies',
      'note',
    ],
    [
      'hidden processes',
      ['unshare', '-m', 'sh', '-c', 'mount -t proc -o hidepid=2 proc /proc && exec "$@"', 'sh'],
      'proc',
      'note',
    ],
  ])('sees the difference: %s', async (_, prefix, id, level) => {
    const { code, levels } = await doctorBelow(prefix);
    expect(levels.get(id)).toBe(level);
    expect(code).toBe(level === 'missing' ? 1 : 0);
  });

  test('reports the problems of a policy, and those alone decide beside the host', async () => {
    using folder = new TestFolder();
    const wrong = folder.write(
      'wrong.yaml',
      'portcullis: 1\nservice: x\nlisten: tcp://[::]:7\nrun: [/none]\n',
    );
    const { code, stdout } = await portcullis(['doctor', '--json', wrong], { uid: 65_534 });
    const { policy } = JSON.parse(stdout);
    const codes = (list: readonly { readonly code: string }[]): readonly string[] =>
      list.map((problem) => problem.code);
    expect(codes(policy.root)).toContain('executable-missing');
    expect(codes(policy.user)).toContain('executable-missing');
    expect(code).toBe(1);
    expect((await portcullis(['doctor', 'policies/echo.yaml'])).stdout).toMatch(
      /launched by root: no problems/,
    );
    expect((await portcullis(['doctor', '/nonexistent'])).code).toBe(2);
  });
});
