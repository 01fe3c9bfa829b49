import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { launchReady } from '../support/launch.ts';
import { shippedPolicy } from '../support/policy-file.ts';
import { freePort } from '../support/ports.ts';
import { staticBusybox } from '../support/static-busybox.ts';
import { TestFolder } from '../support/test-folder.ts';

function curl(...args: readonly string[]): Buffer {
  return execFileSync('curl', ['-s', '--max-time', '10', '--path-as-is', ...args]);
}

describe('policies/busybox-httpd.yaml', () => {
  test('curl gets files, also in part, and nothing outside the tree', async () => {
    using folder = new TestFolder();
    const root = join(folder.path, 'root');
    for (const directory of ['bin', 'www/sub', 'www/cgi-bin'])
      mkdirSync(join(root, directory), { recursive: true });
    copyFileSync(staticBusybox(), join(root, 'bin/busybox'));
    const large = randomBytes(700_000);
    writeFileSync(join(root, 'www/index.html'), '<h1>inside</h1>\n');
    writeFileSync(join(root, 'www/sub/large.bin'), large);
    writeFileSync(join(root, 'www/cgi-bin/run'), '#!/bin/busybox sh\necho hello\n', { mode: 0o755 });
    writeFileSync(join(root, 'outside'), 'not for clients\n');
    const port = freePort();
    const policy = shippedPolicy(folder, 'busybox-httpd.yaml', {
      '[::]:80': `[::]:${port}`,
      'root: /srv/httpd': `root: ${root}`,
    });
    await using running = await launchReady([policy]);
    const url = `http://127.0.0.1:${port}`;

    expect(curl(`${url}/`).toString()).toBe('<h1>inside</h1>\n');
    expect(curl(`${url}/sub/large.bin`).equals(large)).toBe(true);
    expect(curl('-r', '1000-1999', `${url}/sub/large.bin`).equals(large.subarray(1000, 2000))).toBe(true);
    expect(curl('-I', `${url}/index.html`).toString()).toMatch(/^HTTP\/1\.[01] 200/);
    const status = (path: string): string =>
      curl('-o', '/dev/null', '-w', '%{http_code}', `${url}${path}`).toString();
    expect(status('/missing')).toBe('404');
    expect(status('/../outside')).not.toBe('200');
    const kills = running.events.filter(({ event, signal }) => event === 'end' && signal !== undefined);
    expect(kills, running.transcript()).toEqual([]);

    // A CGI script would be a second program: the session dies before it could start one.
    expect(() => curl(`${url}/cgi-bin/run`)).toThrow();
    await running.waitFor(({ event }) => event === 'denied');
    expect(await running.stop()).toBe(0);
  });
});
