import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dial, exchange } from '../support/dial.ts';
import { findings } from '../support/findings.ts';
import { endOf, expectAllEndWith } from './support/session-ends.ts';
import { type ShippedService, serveShipped } from './support/shipped-service.ts';

const GREETING = 'Guestbook: READ, SIGN and your words, or QUIT.\n';

interface Served extends ShippedService {
  /** What the book has. */
  readonly book: () => string;
  /** Sends lines and QUIT with curl as a telnet client; what comes back without the greeting and the farewell. */
  readonly telnet: (lines: string, host?: string) => Promise<string>;
}

async function serve(changes: Readonly<Record<string, string>> = {}): Promise<Served> {
  const service = await serveShipped({
    policy: 'guestbook.yaml',
    listen: '[::]:4567',
    root: '/srv/guestbook',
    changes,
  });
  const telnet = (lines: string, host = '127.0.0.1'): Promise<string> =>
    new Promise((resolve, reject) => {
      const args = ['-sS', '--max-time', '20', `telnet://${host}:${service.port}`];
      const client = execFile('curl', args, (error, stdout) => {
        if (error === null) resolve(stdout.replace(GREETING, '').replace(/Good-bye\.\n$/, ''));
        else reject(error);
      });
      client.stdin?.end(`${lines}QUIT\r\n`);
    });
  return { ...service, book: () => readFileSync(join(service.root, 'book/entries'), 'utf8'), telnet };
}

describe('policies/guestbook.yaml', () => {
  test('has no problem, not even a warning', async () => {
    await using served = await serve();
    expect(await findings(served.policy)).toEqual([]);
  });

  test('a telnet client reads and signs, over IPv4 and IPv6', async () => {
    await using served = await serve();
    const { telnet, book, root } = served;
    expect(await telnet('READ\r\n')).toBe('.\n');
    expect(await telnet('SIGN It was nice.\r\nREAD\r\n')).toBe('Signed.\n127.0.0.1: It was nice.\n.\n');
    expect(await telnet('SIGN Too far away.\nREAD\n', '[::1]')).toBe(
      'Signed.\n127.0.0.1: It was nice.\n::1: Too far away.\n.\n',
    );
    expect(book()).toBe('127.0.0.1: It was nice.\n::1: Too far away.\n');
    expect(statSync(join(root, 'book/entries')).mode & 0o777).toBe(0o600);
    await expectAllEndWith(0, served);
  });

  test('other lines are answered, and what is no line ends the session', async () => {
    await using served = await serve();
    const { telnet, port, book } = served;
    expect(await telnet('\r\nSIGN\r\nSIGN \r\nsign x\r\n')).toBe(
      'READ, SIGN and your words, or QUIT.\n'.repeat(4),
    );
    expect(await telnet(`SIGN ${'x'.repeat(201)}\r\n`)).toBe('Too long: 200 characters will do.\n');
    for (const words of ['\u001b[2J', 'a\tb', 'Zoë', 'a\u007f'])
      expect(await telnet(`SIGN ${words}.\r\n`), JSON.stringify(words)).toMatch(/^Letters, digits/);
    expect(await exchange(port, 'SIGN without an end')).toBe(GREETING);
    expect(await exchange(port, '')).toBe(GREETING);
    expect(book()).toBe('');
    await expectAllEndWith(0, served);
  });

  test('words are words: nothing in them is a command, a pattern, a format or an option', async () => {
    await using served = await serve();
    const { telnet, book } = served;
    const words = [
      '$(echo x > /book/entries)',
      '`echo x`',
      '; exit 1',
      '" ; exit 1 ; "',
      "' ; exit 1 ; '",
      '$IFS $book $0 $$',
      '*',
      '%s%n%d',
      '\\c \\n \\0101',
      '-n',
      '>/book/entries',
      '&& exit 1 #',
    ];
    expect(await telnet(words.map((text) => `SIGN ${text}\r\n`).join(''))).toBe('Signed.\n'.repeat(12));
    const entries = words.map((text) => `127.0.0.1: ${text}\n`).join('');
    expect(book()).toBe(entries);
    expect(await telnet('READ\r\n')).toBe(`${entries}.\n`);
    await expectAllEndWith(0, served);
  });

  test('many who sign at once are all in the book, each whole', async () => {
    await using served = await serve();
    const { telnet, book } = served;
    const guests = Array.from({ length: 8 }, (_, guest) => `guest ${guest} ${'x'.repeat(150)}`);
    await Promise.all(guests.map((words) => telnet(`SIGN ${words}\r\n`.repeat(20))));
    const lines = book().trimEnd().split('\n');
    expect(lines).toHaveLength(160);
    expect(new Set(lines)).toEqual(new Set(guests.map((words) => `127.0.0.1: ${words}`)));
    await expectAllEndWith(0, served);
  });

  test('a full book is an answer, and is still read', async () => {
    await using served = await serve({ 'fsize: 64KiB': 'fsize: 1KiB' });
    const { telnet, book } = served;
    const answer = await telnet(`SIGN ${'x'.repeat(190)}\r\n`.repeat(10));
    expect(answer).toBe(`${'Signed.\n'.repeat(5)}${'The book is full.\n'.repeat(5)}`);
    expect(book()).toHaveLength(1024);
    expect(await telnet('READ\r\n')).toBe(`${book()}\n.\n`);
    await expectAllEndWith(0, served);
  });

  test('a line without end and a client without a word cost what limits say', async () => {
    await using served = await serve({ 'time: 5m': 'time: 2s', 'cpu: 5s': 'cpu: 1s' });
    const { port, running } = served;
    const silent = await dial(port);
    await running.waitFor(({ event }) => event === 'start');
    const endless = await dial(port);
    endless.on('error', () => undefined);
    endless.write('x'.repeat(20_000_000));
    const ends = [1, 2].map((session) =>
      running.waitFor(({ event, session: which }) => event === 'end' && which === session),
    );
    const [first, second] = await Promise.all(ends);
    expect(first).toMatchObject({ cause: 'time' });
    expect(second?.['memory_kb']).toBeLessThan(16 * 1024);
    silent.destroy();
    endless.destroy();
  });
});

/** What a client would do who can make words a command; each says `done` in a shell outside. ROOT is the tree of the service. */
const ATTEMPTS: readonly (readonly [what: string, command: string, outcome: string])[] = [
  ['cut off the book', ': > ROOT/book/entries && echo done', 'denied'],
  ['write over the book', 'echo x 1<> ROOT/book/entries && echo done', 'denied'],
  ['change the script', '(: >> ROOT/guestbook.sh) && echo done', 'denied'],
  ['change the script without a second process', ': >> ROOT/guestbook.sh && echo done', 'Permission denied'],
  ['make a file', ': >> ROOT/book/mine && echo done', 'Permission denied'],
  ['read a file of the host', 'read -r line < /etc/passwd && echo done', 'No such file'],
  ['start a program', 'exec ROOT/bin/dash -c "echo done"', 'denied'],
  ['use a pipe', 'echo done | while read -r line; do echo "$line"; done', 'denied'],
  ['signal a process', 'kill -0 1 && echo done', 'denied'],
  ['change a limit', 'ulimit -S -n 8 && echo done', 'denied'],
];

describe('a script that takes words for a command', () => {
  test.each(ATTEMPTS)('cannot %s, as it could elsewhere', async (_, command, outcome) => {
    await using served = await serve();
    const { root, port, running } = served;
    const script = join(root, 'guestbook.sh');
    const mistaken = readFileSync(script, 'utf8').replace('case $1 in', 'eval "$1"\n$&');
    writeFileSync(script, mistaken);
    expect(await exchange(port, 'SIGN echo done\n')).toContain('done\n');

    const elsewhere = ['-c', command.replaceAll('ROOT', root)];
    expect(execFileSync('/bin/dash', elsewhere, { encoding: 'utf8' })).toBe('done\n');
    writeFileSync(script, mistaken);
    execFileSync('rm', ['-f', join(root, 'book/mine')]);

    const answer = await exchange(port, `SIGN ${command.replaceAll('ROOT', '')}\n`);
    expect(answer).not.toContain('done');
    const end = await running.waitFor(({ event, session }) => event === 'end' && session === 2);
    const log = running.events.filter(({ event }) => event === 'log').map(({ text }) => text);
    expect(`${endOf(served, end)} ${log.join(' ')}`, running.transcript()).toContain(outcome);
  });
});
