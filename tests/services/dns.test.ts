import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { findings } from '../support/findings.ts';
import { type ShippedService, serveShipped } from './support/shipped-service.ts';

const MORE_NAMES = `
# A comment, and a name with both addresses.
192.0.2.7 both.example.test
2001:db8::7 Both.example.test
${Array.from({ length: 40 }, (_, index) => `198.51.100.${index} many.example.test\n`).join('')}`;

const HEAD = '0001 0000 0001 0000 0000 0000';
const WWW = '03777777 076578616d706c65 0474657374 00 0001 0001';

/** What is no question gets no answer, or an error; the last is one. In hexadecimal digits. */
const BROKEN: readonly string[] = [
  'ff',
  HEAD.slice(0, 27),
  // An answer.
  `0001 8000 0001 0000 0000 0000 ${WWW}`,
  HEAD,
  // A name that refers to itself, and one that is longer than the message.
  `${HEAD} c00c 0001 0001`,
  `${HEAD} 3f77`,
  `${HEAD} ${WWW}`,
];

/** The codes of the answers to datagrams of one peer, which come in their order. */
async function answersTo(port: number, datagrams: readonly string[]): Promise<readonly string[]> {
  const codes = ['NOERROR', 'FORMERR'];
  const answers: string[] = [];
  const socket = createSocket('udp4');
  for (const digits of datagrams)
    socket.send(Buffer.from(digits.replaceAll(' ', ''), 'hex'), port, '127.0.0.1');
  await new Promise<void>((resolve) => {
    socket.on('message', (message) => {
      answers.push(codes[(message[3] ?? 0) & 15] ?? 'other');
      if (answers.at(-1) === 'NOERROR') resolve();
    });
  });
  socket.close();
  return answers;
}

/** Asks with the client of Debian, once. */
async function dig({ port }: ShippedService, ...question: readonly string[]): Promise<string> {
  const words = [`-p${port}`, '+tries=1', '+time=20', '+norecurse', '+ignore', ...question];
  return (await promisify(execFile)('dig', words)).stdout;
}

test('policies/dns.yaml answers dig, over IPv4 and IPv6, many clients at once', async () => {
  await using served = await serveShipped({
    policy: 'dns.yaml',
    listen: '[::]:53',
    root: '/srv/dns',
    prepare: (root) => appendFileSync(join(root, 'names'), MORE_NAMES),
  });
  expect(await findings(served.policy)).toEqual([]);
  const short = (...question: readonly string[]): Promise<string> => dig(served, '+short', ...question);
  for (const host of ['@127.0.0.1', '@::1']) {
    expect(await short(host, 'www.example.test')).toBe('192.0.2.1\n');
    expect(await short(host, 'BOTH.example.test', 'AAAA')).toBe('2001:db8::7\n');
  }
  const names = ['www', 'both', 'www', 'both', 'www', 'both'];
  const answers = await Promise.all(names.map((name) => short('@127.0.0.1', `${name}.example.test`)));
  expect(answers).toEqual(names.map((name) => (name === 'www' ? '192.0.2.1\n' : '192.0.2.7\n')));
  const status = async (...question: readonly string[]): Promise<string | undefined> =>
    /status: (\w+).*\n;; flags: ([a-z ]+);/
      .exec(await dig(served, '@127.0.0.1', ...question))
      ?.slice(1)
      .join();
  expect(await status('www.example.test', 'MX')).toBe('NOERROR,qr aa');
  expect(await status('nobody.example.test')).toBe('REFUSED,qr');
  expect(await status('many.example.test')).toBe('NOERROR,qr aa tc');
  expect(await status('www.example.test', '+opcode=notify')).toBe('NOTIMP,qr');
  expect(await status('www.example.test', 'CH', 'A')).toBe('FORMERR,qr');
  expect(await answersTo(served.port, BROKEN)).toEqual(['FORMERR', 'FORMERR', 'FORMERR', 'NOERROR']);
  await served.running.waitFor(({ event, session }) => event === 'end' && session === 1);
  const { events } = served.running;
  const ends = events.filter(({ event }) => event === 'end');
  expect(new Set(ends.map(({ cause }) => cause)), served.running.transcript()).toEqual(new Set(['idle']));
  expect(events.filter(({ event }) => ['denied', 'refused', 'log'].includes(String(event)))).toEqual([]);
});
