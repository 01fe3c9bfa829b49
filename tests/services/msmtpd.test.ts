import { execFile, type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { exchange } from '../support/dial.ts';
import { Dialogue } from '../support/dialogue.ts';
import { findings } from '../support/findings.ts';
import { expectNoneKilled } from './support/session-ends.ts';
import { type ShippedService, serveShipped } from './support/shipped-service.ts';

const MAIL = 'Subject: greeting\r\n\r\nAll is well.\r\n.hidden\r\n';

interface Served extends ShippedService {
  /** The mails in a mailbox. */
  readonly mails: (user: string) => readonly string[];
}

/** There are mailboxes of alice and bob. */
async function serve(changes: Readonly<Record<string, string>> = {}): Promise<Served> {
  const service = await serveShipped({
    policy: 'msmtpd.yaml',
    listen: '[::]:25',
    root: '/srv/msmtpd',
    changes,
  });
  return {
    ...service,
    mails: (user) => {
      const directory = join(service.root, 'mail', user, 'new');
      return readdirSync(directory).map((name) => readFileSync(join(directory, name), 'latin1'));
    },
  };
}

/** What curl is to be called with to send a file. */
function curlArguments(
  served: Served,
  file: string,
  recipients: readonly string[],
  host = '127.0.0.1',
): string[] {
  const named = recipients.flatMap((recipient) => ['--mail-rcpt', recipient]);
  const fixed = ['-sS', '--max-time', '20', '--mail-from', 'carol@example.net'];
  return [...fixed, ...named, '-T', file, `smtp://${host}:${served.port}`];
}

function send(
  served: Served,
  mail: string | Buffer,
  ...recipients: readonly string[]
): SpawnSyncReturns<Buffer> {
  const file = join(served.folder.path, 'mail');
  writeFileSync(file, mail);
  return spawnSync('curl', curlArguments(served, file, recipients));
}

/** A whole conversation by hand. */
function converse(served: Served, sender: string, recipient: string): Promise<string> {
  const lines = [
    'EHLO client',
    `MAIL FROM:<${sender}>`,
    `RCPT TO:<${recipient}>`,
    'DATA',
    'text',
    '.',
    'QUIT',
  ];
  return exchange(served.port, `${lines.join('\r\n')}\r\n`);
}

describe('policies/msmtpd.yaml', () => {
  test('has no problem, not even a warning', async () => {
    await using served = await serve();
    expect(await findings(served.policy)).toEqual([]);
  });

  test('curl sends a mail to one and to several, over IPv4 and IPv6', async () => {
    await using served = await serve();
    const { folder, root, mails } = served;
    expect(send(served, MAIL, 'alice@example.org').status).toBe(0);
    expect(mails('alice')).toHaveLength(1);
    expect(mails('alice')[0]).toMatch(/^Return-Path: <carol@example\.net>\nReceived: from /);
    expect(mails('alice')[0]).toMatch(/\nSubject: greeting\n\nAll is well\.\n\.hidden\n$/);
    const [name = ''] = readdirSync(join(root, 'mail/alice/new'));
    const { uid, mode } = statSync(join(root, 'mail/alice/new', name));
    expect([uid, mode & 0o777]).toEqual([61025, 0o004]);

    const six = curlArguments(served, join(folder.path, 'mail'), ['alice@a', 'bob@b', 'bob@c'], '[::1]');
    expect(spawnSync('curl', six).status).toBe(0);
    expect([mails('alice').length, mails('bob').length]).toEqual([2, 1]);
    expect(readdirSync(join(root, 'mail/tmp'))).toEqual([]);
    await expectNoneKilled(served);
  });

  test('swaks sends a large mail, byte for byte, and one without a sender', async () => {
    await using served = await serve();
    const { folder, mails, port } = served;
    const body = randomBytes(3_000_000).toString('base64').replaceAll(/.{70}/g, '$&\n');
    const swaks = ['--server', '127.0.0.1', '--port', String(port), '--to', 'bob@example.org'];
    const file = folder.write('body', body);
    const large = spawnSync(
      'swaks',
      [...swaks, '--from', 'carol@x', '--suppress-data', '--body', `@${file}`],
      {
        encoding: 'utf8',
      },
    );
    expect(large.status, large.stdout.slice(-2000)).toBe(0);
    expect(mails('bob')[0]).toContain(body);
    const bounce = spawnSync('swaks', [...swaks, '--from', '<>', '--body', 'bounced'], { encoding: 'utf8' });
    expect(bounce.stdout).toContain('250 Ok, mail was piped');
    expect(mails('bob').find((mail) => mail.includes('bounced'))).toMatch(/^Return-Path: <MAILER-DAEMON>\n/);
    await expectNoneKilled(served);
  });

  test('several clients send at once, and each mail arrives once', async () => {
    await using served = await serve();
    const { folder, mails } = served;
    const numbers = [1, 2, 3, 4, 5, 6];
    await Promise.all(
      numbers.map((number) => {
        const file = folder.write(`mail${number}`, `Subject: ${number}\r\n\r\n${'line\r\n'.repeat(20_000)}`);
        return promisify(execFile)('curl', curlArguments(served, file, ['alice@x', 'bob@x']));
      }),
    );
    for (const user of ['alice', 'bob'])
      expect(
        mails(user)
          .map((mail) => Number(/^Subject: (\d)$/m.exec(mail)?.[1]))
          .sort(),
      ).toEqual(numbers);
    await expectNoneKilled(served);
  });

  test('a recipient who is not there and a mail that is too large are refused, and nothing is left', async () => {
    await using served = await serve({ 'fsize: 32MiB': 'fsize: 100KiB' });
    const { root, mails } = served;
    expect(await converse(served, 'carol@x', 'dave@x')).toContain('554 ');
    expect(send(served, MAIL, 'alice@x', 'dave@x').status).not.toBe(0);
    expect(send(served, 'x'.repeat(200_000), 'alice@x').status).not.toBe(0);
    await expect.poll(() => readdirSync(join(root, 'mail/tmp'))).toEqual([]);
    expect(mails('alice')).toEqual([]);
    expect(await exchange(served.port, 'GET / HTTP/1.1\r\n\r\n')).toContain('500 Expected EHLO or HELO');
    expect(send(served, MAIL, 'alice@x').status).toBe(0);
    await expectNoneKilled(served);
  });

  test('a client that leaves in the middle of a mail has sent none', async () => {
    await using served = await serve();
    const { mails, port, running } = served;
    for (let number = 1; number <= 20; number++) {
      using client = await Dialogue.open(port);
      for (const line of ['EHLO client', 'MAIL FROM:<carol@x>', 'RCPT TO:<alice@x>']) await client.say(line);
      expect(await client.say('DATA')).toBe('354 Send data');
      client.socket.write('half a mail\r\n');
      if (number % 2 === 0) client.socket.end();
      else client.socket.resetAndDestroy();
      await running.waitFor(({ event, session }) => event === 'end' && session === number);
    }
    expect(mails('alice')).toEqual([]);
    expect(send(served, MAIL, 'alice@x').status).toBe(0);
    await expectNoneKilled(served);
  });

  test('a mail has so many recipients and no more', async () => {
    await using served = await serve();
    using client = await Dialogue.open(served.port);
    await client.say('EHLO client');
    await client.say('MAIL FROM:<carol@x>');
    const recipient = `RCPT TO:<alice@${'x'.repeat(900)}>`;
    let reply = '';
    for (let count = 0; count < 100 && !reply.startsWith('5'); count++) reply = await client.say(recipient);
    expect(reply).toBe('554 Too many recipients');
    await expectNoneKilled(served);
  });

  test('an address is neither a command nor a path, nor an option', async () => {
    await using served = await serve();
    const { root, mails } = served;
    for (const address of [
      'alice;id',
      '$(id)',
      '`id`',
      'alice|cat',
      '*',
      "'",
      '"a b"',
      '\\n',
      '-f',
      '--help',
    ])
      expect(await converse(served, address, 'alice@x'), address).toContain('501 Invalid address');
    for (const address of ['../mail/alice', '/mail/alice', '.', '..', '@x', 'tmp', 'alice/new'])
      expect(await converse(served, 'carol@x', address), address).toContain('554 ');
    expect(mails('alice')).toEqual([]);
    expect(readdirSync(join(root, 'mail'))).toEqual(['alice', 'bob', 'tmp']);
    await expectNoneKilled(served);
  });
});

interface Attempt {
  readonly what: string;
  /** FILE is a mail of before; `mine` is said when it works. */
  readonly command: string;
  readonly ends: boolean;
  /** The policy with which it does work. */
  readonly opened: Readonly<Record<string, string>>;
}

const READABLE = { 'umask: 0773': 'umask: 0022' };
const ANY_WRITING = { 'openat(flags == O_WRONLY|O_CREAT|O_EXCL, mode': 'openat(mode' };

/** What a client would do that has made the script its own. */
const ATTEMPTS: readonly Attempt[] = [
  {
    what: 'list the mails',
    command: 'set -- /mail/alice/new/*; [ "$1" = FILE ] && echo mine',
    ends: false,
    opened: { '-m 730': '-m 770', '- getcwd': '- getcwd\n    - getdents64' },
  },
  { what: 'read a mail', command: 'cat FILE && echo mine', ends: false, opened: READABLE },
  {
    what: 'write over a mail',
    command: 'echo x > FILE && echo mine',
    ends: true,
    opened: { ...READABLE, ...ANY_WRITING },
  },
  {
    what: 'add to a mail',
    command: 'echo x >> FILE && echo mine',
    ends: true,
    opened: { ...READABLE, ...ANY_WRITING },
  },
];

describe('a script that a client has taken over', () => {
  async function attempt(command: string, changes: Readonly<Record<string, string>>): Promise<string> {
    await using served = await serve(changes);
    const { root } = served;
    expect(send(served, MAIL, 'alice@x').status).toBe(0);
    const [name = ''] = readdirSync(join(root, 'mail/alice/new'));
    const line = command.replaceAll('FILE', `/mail/alice/new/${name}`);
    writeFileSync(join(root, 'bin/deliver'), `#!/bin/sh\necho reached\n${line}\necho survived\n`);
    return await converse(served, 'carol@x', 'alice@x');
  }

  test.each(ATTEMPTS.map((attempt) => [attempt.what, attempt] as const))(
    'cannot %s, which another policy would let it',
    async (_, { command, ends, opened }) => {
      const answer = await attempt(command, {});
      expect(answer).toContain('reached');
      expect(answer).not.toContain('mine');
      expect(answer.includes('survived')).toBe(!ends);
      expect(await attempt(command, opened)).toContain('mine');
    },
  );
});
