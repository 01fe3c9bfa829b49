import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { findings } from '../support/findings.ts';
import { setUp } from '../support/set-up.ts';
import { type ShippedService, serveShipped } from './support/shipped-service.ts';

const PLAIN = 'Content-Type: text/plain\r\n\r\n';

interface Served extends ShippedService {
  /** Asks for a script as a web server does, with a body of the request; the answer with its headers. */
  readonly request: (script: string, query?: string, body?: Buffer) => Promise<string>;
  /** Another script in the place of `hello`. */
  readonly script: (text: string, mode?: number) => void;
}

async function serve(changes: Readonly<Record<string, string>> = {}): Promise<Served> {
  const service = await serveShipped({
    policy: 'fcgiwrap.yaml',
    listen: '127.0.0.1:9000',
    root: '/srv/fcgiwrap',
    changes,
  });
  return {
    ...service,
    request: (script, query = '', body = Buffer.alloc(0)) =>
      new Promise((resolve) => {
        const variables = { SCRIPT_FILENAME: script, QUERY_STRING: query, REQUEST_METHOD: 'POST' };
        const client = spawn('cgi-fcgi', ['-bind', '-connect', `127.0.0.1:${service.port}`], {
          stdio: ['pipe', 'pipe', 'ignore'],
          env: { PATH: '/usr/bin:/bin', ...variables, CONTENT_LENGTH: String(body.length) },
        });
        let answer = '';
        client.stdout.setEncoding('latin1').on('data', (text: string) => {
          answer += text;
        });
        client.on('close', () => resolve(answer));
        // Who refuses a request does not read its body.
        client.stdin.on('error', () => undefined).end(body);
      }),
    script: (text, mode = 0o755) => {
      const path = join(service.root, 'cgi/hello');
      writeFileSync(path, `#!/bin/sh\nprintf '${PLAIN}'\n${text}\n`);
      chmodSync(path, mode);
    },
  };
}

/** The one process that was handed the listener is still the first, and no script ended by the filter. */
async function expectStillTheFirst({ running, request }: Served): Promise<void> {
  expect(await request('/cgi/count', '', Buffer.from('four'))).toBe(`${PLAIN}4\n`);
  // The events may come later than the answer.
  const { session } = await running.waitFor(({ event }) => event === 'start');
  expect(session, running.transcript()).toBe(1);
  expect(running.events.filter(({ event }) => event === 'start')).toHaveLength(1);
  expect(await running.stop()).toBe(0);
}

describe('policies/fcgiwrap.yaml', () => {
  test('has no problem, not even a warning', async () => {
    await using served = await serve();
    expect(await findings(served.policy)).toEqual([]);
  });

  test('a client gets what scripts answer, to long requests as well, and many at once', async () => {
    await using served = await serve();
    const { request, script } = served;
    expect(await request('/cgi/hello', 'world')).toBe(`${PLAIN}Hello, world.\n`);
    expect(await request('/cgi/count', '', randomBytes(700_000))).toBe(`${PLAIN}700000\n`);
    const names = Array.from({ length: 12 }, (_, number) => `number ${number}`);
    const answers = await Promise.all(names.map((name) => request('/cgi/hello', name)));
    expect(answers).toEqual(names.map((name) => `${PLAIN}Hello, ${name}.\n`));
    script('i=0; while [ $i -lt 20000 ]; do echo 0123456789abcdef; i=$((i+1)); done');
    expect(await request('/cgi/hello')).toHaveLength(PLAIN.length + 17 * 20_000);
    await expectStillTheFirst(served);
  });

  test('errors are answered: no such script, one that may not be executed, one that says nothing', async () => {
    await using served = await serve();
    const { request, script, running } = served;
    expect(await request('/cgi/missing')).toMatch(/^Status: 403 /);
    script('echo broken >&2; exit 3', 0o644);
    expect(await request('/cgi/hello')).toMatch(/^Status: 403 /);
    script('echo broken >&2; exit 3');
    expect(await request('/cgi/hello')).toBe(PLAIN);
    await running.waitFor(({ text }) => text === 'broken');
    script('exec /bin/missing');
    expect(await request('/cgi/hello')).toContain(PLAIN);
    await expectStillTheFirst(served);
  });

  test('a client names scripts of the list only; without the list it would name the shell', async () => {
    const commands = Buffer.from(`printf '${PLAIN}'; echo mine\n`);
    await using served = await serve();
    for (const path of ['/bin/sh', '/cgi/../bin/sh', '/cgi/./hello', '//bin/sh', 'bin/sh']) {
      // 502 where fcgiwrap sees first that nobody reads the body.
      expect(await served.request(path, '', commands), path).toMatch(/^Status: (403|502) /);
    }
    await expectStillTheFirst(served);
    await using open = await serve({ ', -p, /cgi/hello, -p, /cgi/count': '' });
    expect(await open.request('/bin/sh', '', commands)).toBe(`${PLAIN}mine\n`);
  });

  test('a query is no command', async () => {
    await using served = await serve();
    for (const query of ['$(echo mine)', '`echo mine`', "'; echo mine; '", '%s%n', '-n', '\\c'])
      expect(await served.request('/cgi/hello', query)).toBe(`${PLAIN}Hello, ${query}.\n`);
    await expectStillTheFirst(served);
  });

  test('a client that leaves early and a script without end do not stop the service', async () => {
    await using served = await serve({ 'cpu: 10s': 'cpu: 1s' });
    const { request, script, port } = served;
    script('while :; do :; done');
    const [endless, other] = await Promise.all([
      request('/cgi/hello'),
      request('/cgi/count', '', Buffer.from('12')),
    ]);
    expect([endless, other]).toEqual([PLAIN, `${PLAIN}2\n`]);

    script('while echo 0123456789abcdef; do :; done');
    const socket = await dial(port);
    socket.write(beginOf('/cgi/hello'));
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    await expectStillTheFirst(served);
  });
});

/** The first bytes of a request: it begins, names a script, and has no body. */
function beginOf(script: string): Buffer {
  const pairs = Object.entries({ SCRIPT_FILENAME: script, REQUEST_METHOD: 'GET' }).map(([name, value]) =>
    Buffer.concat([Buffer.of(name.length, value.length), Buffer.from(name + value)]),
  );
  const parameters = Buffer.concat(pairs);
  const record = (type: number, content: Buffer): Buffer =>
    Buffer.concat([Buffer.of(1, type, 0, 1, content.length >> 8, content.length & 0xff, 0, 0), content]);
  const empty = Buffer.alloc(0);
  return Buffer.concat([
    record(1, Buffer.of(0, 1, 0, 0, 0, 0, 0, 0)),
    record(4, parameters),
    record(4, empty),
    record(5, empty),
  ]);
}

describe('a script that a client has taken over', () => {
  test.each<readonly [what: string, commands: string]>([
    ['write a file', 'echo x > ROOT/cgi/mine'],
    ['change a file', 'echo x >> ROOT/cgi/count'],
    ['start a program of the host', '/usr/bin/id'],
    ['change a limit', 'ulimit -S -t 5'],
  ])('cannot %s, as it could elsewhere, and the next client is served', async (_, commands) => {
    await using served = await serve();
    const { root, script, request } = served;
    const elsewhere = ['sh', '-c', `${commands.replace('ROOT', root)} && echo done`];
    expect(execFileSync('busybox', elsewhere, { encoding: 'utf8' })).toMatch(/done\n$/);
    setUp(served.policy);
    script(`echo reached\n${commands.replace('ROOT', '')} && echo done`);
    expect(await request('/cgi/hello')).toBe(`${PLAIN}reached\n`);
    await expectStillTheFirst(served);
  });

  test('cannot end its server or the other scripts, which the filter alone prevents', async () => {
    await using served = await serve();
    for (const process of ['$PPID', '-1', '1']) {
      served.script(`echo reached\nkill -9 ${process} && echo done`);
      expect(await served.request('/cgi/hello'), process).toBe(`${PLAIN}reached\n`);
    }
    await expectStillTheFirst(served);
    await using open = await serve({ 'kill -> errno(EPERM)': 'kill' });
    open.script('kill -9 $PPID');
    expect(await open.request('/cgi/hello')).toBe('');
  });
});
