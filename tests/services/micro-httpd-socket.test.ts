import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findings } from '../support/findings.ts';
import { launchReady } from '../support/launch.ts';
import { shippedPolicy } from '../support/policy-file.ts';
import { setUp } from '../support/set-up.ts';
import { TestFolder } from '../support/test-folder.ts';
import { socat } from '../support/unix-client.ts';
import { freeUser } from '../support/users.ts';
import { expectNoneKilled } from './support/session-ends.ts';

/** The group of `www-data`, the same on every Debian. */
const WWW_DATA = 33;
const STRANGER = freeUser();

/** The policy, which listens on an abstract name too: it has no mode, so every user may connect. */
function withName(text: string, name: string): string {
  return text.replace(/^listen: (.*)$/m, `listen: [$1, "unix:@${name}"]`);
}

describe('policies/micro-httpd-socket.yaml', () => {
  test('serves curl and socat, and nobody outside of the group of the proxy', async () => {
    using folder = new TestFolder();
    const [root, run] = [join(folder.path, 'data'), join(folder.path, 'run')];
    const policy = shippedPolicy(folder, 'micro-httpd-socket.yaml', {
      '/srv/micro-httpd-socket': root,
      '/run/micro-httpd': run,
    });
    setUp(policy);
    mkdirSync(join(root, 'www'), { recursive: true });
    writeFileSync(join(root, 'www/index.html'), '<h1>behind</h1>\n');
    expect(await findings(policy)).toEqual([]);
    const name = `portcullis-${process.pid}`;
    const both = folder.write('both.yaml', withName(readFileSync(policy, 'utf8'), name));
    await using running = await launchReady([both]);
    const socket = join(run, 'socket');
    const curl = (...words: readonly string[]): string => {
      const { stdout, stderr } = spawnSync('curl', ['-sS', ...words, 'http://any.example/index.html']);
      return `${stdout}${stderr}`;
    };
    expect(curl('--unix-socket', socket)).toBe('<h1>behind</h1>\n');
    expect(curl('--abstract-unix-socket', name)).toBe('<h1>behind</h1>\n');
    const say = 'GET / HTTP/1.0\\r\\n\\r\\n';
    const abstract = await socat(`ABSTRACT-CONNECT:${name}`, { uid: STRANGER, say });
    expect(abstract.stdout).toMatch(/^HTTP\/1\.0 200 Ok\r\n.*behind/s);
    const proxy = await socat(`UNIX-CONNECT:${socket}`, { uid: STRANGER, groups: [WWW_DATA], say });
    expect(proxy.stdout).toMatch(/^HTTP\/1\.0 200 Ok\r\n.*behind/s);
    const stranger = await socat(`UNIX-CONNECT:${socket}`, { uid: STRANGER, say });
    expect(stranger.stderr).toContain('Permission denied');
    await running.waitFor(({ event, uid }) => event === 'start' && uid === STRANGER);
    await expectNoneKilled({ running });
  });
});
