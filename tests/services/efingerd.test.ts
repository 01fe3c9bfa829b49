import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dial, exchange } from '../support/dial.ts';
import { findings } from '../support/findings.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { shippedPolicy } from '../support/policy-file.ts';
import { NODE, PROGRAM } from '../support/portcullis.ts';
import { setUp } from '../support/set-up.ts';
import { TestFolder } from '../support/test-folder.ts';
import { expectAllEndWith } from './support/session-ends.ts';
import { type ShippedService, serveShipped } from './support/shipped-service.ts';

function serve(changes: Readonly<Record<string, string>> = {}): Promise<ShippedService> {
  return serveShipped({
    policy: 'efingerd.yaml',
    listen: '0.0.0.0:79',
    root: '/srv/efingerd',
    changes,
  });
}

/** It ends with this status when it has answered. */
const ANSWERED = 255;

describe('policies/efingerd.yaml', () => {
  test('has no problem, not even a warning', async () => {
    await using served = await serve();
    expect(await findings(served.policy)).toEqual([]);
  });

  test('answers with its scripts: a user, nobody of that name, no name', async () => {
    await using served = await serve();
    const { port } = served;
    expect(await exchange(port, 'alice\r\n')).toBe('Alice\r\nPlan of alice:\nFix the portcullis.\n\r\n');
    expect(await exchange(port, 'bob\r\n')).toBe('Nobody here has that name.\n\r\n');
    expect(await exchange(port, '\r\n')).toBe('Ask for one name.\n\r\n');
    await expectAllEndWith(ANSWERED, served);
  });

  test('answers as many at once as one source may ask', async () => {
    await using served = await serve();
    const answers = await Promise.all(Array.from({ length: 4 }, () => exchange(served.port, 'alice\r\n')));
    expect(answers).toEqual(Array(4).fill('Alice\r\nPlan of alice:\nFix the portcullis.\n\r\n'));
    await expectAllEndWith(ANSWERED, served);
  });

  test('finger of Debian asks it on its port', () => {
    // The client knows one port only, so the service is started where 79 is free: in a network of its own.
    using folder = new TestFolder();
    const root = join(folder.path, 'efingerd');
    const policy = shippedPolicy(folder, 'efingerd.yaml', { '/srv/efingerd': root });
    setUp(policy);
    const script = `ip link set lo up
      mkfifo "$1/events"
      "$2" "$3" run --json "$4" > "$1/events" & pid=$!
      trap 'kill $pid; wait $pid' EXIT TERM
      exec 3< "$1/events"
      read -r ready <&3
      finger alice@127.0.0.1
      finger bob@127.0.0.1`;
    const args = ['-n', 'sh', '-c', script, 'sh', folder.path, NODE, PROGRAM, policy];
    const answer = execFileSync('unshare', args, {
      encoding: 'utf8',
      timeout: PATIENCE_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(answer).toContain('Plan of alice:\r\nFix the portcullis.');
    expect(answer).toContain('Nobody here has that name.');
  });

  test('a script learns the address of who asks', async () => {
    await using served = await serve();
    const { root, port } = served;
    writeFileSync(join(root, 'etc/efingerd/list'), '#!/bin/sh\necho "$2"\n');
    expect(await exchange(port, '\n')).toBe('127.0.0.1\n\r\n');
    await expectAllEndWith(ANSWERED, served);
  });

  test('a question is neither a command nor a path, however long', async () => {
    await using served = await serve();
    const { port } = served;
    const questions = [
      '$(echo mine)',
      '; echo mine',
      '`echo mine`',
      '../etc/passwd',
      '/etc/passwd',
      '-u root',
    ];
    for (const question of [...questions, 'a'.repeat(100_000)])
      expect(await exchange(port, `${question}\r\n`), question.slice(0, 20)).not.toMatch(
        /mine\n|root:|alice:/,
      );
    expect(await exchange(port, 'alice\n')).toContain('Fix');
  });

  test('a script that a client has taken over finds no other program, writes nothing and stops nobody', async () => {
    await using served = await serve();
    const { root, port } = served;
    const list = join(root, 'etc/efingerd/list');
    writeFileSync(list, '#!/bin/sh\n/usr/bin/id || echo no program\n');
    expect(await exchange(port, '\n')).toBe('no program\n\r\n');
    for (const attempt of ['echo x > /plans/alice', 'kill -9 1', 'kill -9 -1']) {
      writeFileSync(list, `#!/bin/sh\necho reached\n${attempt}\necho survived\n`);
      expect(await exchange(port, '\n'), attempt).toMatch(/^reached\n(?!survived)/);
    }
    expect(await exchange(port, 'alice\n')).toContain('Fix');
    await expectAllEndWith(ANSWERED, served);
  });

  test('a script without end and a client without a question cost what limits say', async () => {
    await using served = await serve({ 'time: 20s': 'time: 2s' });
    const { root, port, running } = served;
    writeFileSync(join(root, 'etc/efingerd/list'), '#!/bin/sh\nwhile :; do :; done\n');
    const silent = await dial(port);
    expect(await exchange(port, '\n')).toBe('');
    silent.destroy();
    for (const session of [1, 2])
      await running.waitFor((event) => event['session'] === session && event['cause'] === 'time');
    expect(await exchange(port, 'alice\n')).toContain('Fix');
  });
});
