import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestFolder } from '../support/test-folder.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

let folder: TestFolder;
let harness: string;

beforeAll(() => {
  folder = new TestFolder();
  harness = join(folder.path, 'exchange');
  const gate = ['address', 'datagram', 'entries', 'exchange', 'hash', 'peers'];
  const sources = ['exchange-harness.c', ...gate.map((name) => `../../gate/${name}.c`)].map(here);
  const checks = ['-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
  execFileSync('cc', ['-std=gnu17', '-Wall', '-Wextra', '-Werror', ...checks, '-o', harness, ...sources]);
});
afterAll(() => folder[Symbol.dispose]());

/** Runs one scenario of exchange-attacks.py in a network of its own; its last process ends all others. */
function run(...scenario: readonly string[]): unknown {
  const script = ['python3', here('exchange-attacks.py'), harness, ...scenario];
  const apart = ['--net', '--pid', '--fork', '--kill-child', ...script];
  return JSON.parse(execFileSync('unshare', apart, { encoding: 'utf8' }));
}

/** The bytes that forged requests cost their sender, and bring to the owner of their address. */
function forged(factor: number): { readonly sent: number; readonly received: number } {
  return run('forged', String(factor)) as { readonly sent: number; readonly received: number };
}

test.each(['4', '6'])(
  'an answer comes from the address that was asked, by a socket of family %s',
  (family) => {
    expect(run('asked_address', family)).toEqual({ from: ['10.9.0.1', '10.9.0.2', '127.0.0.1'], started: 3 });
  },
);

test('so it does with IPv6, by the interface of the request where the address is link-local', () => {
  expect(run('asked_ipv6')).toEqual({ from: ['::1', 'fe80::1', 'fe80::2'], started: 3 });
});

test('sixteen interleaved peers hear the answers to their own datagrams', () => {
  expect(run('interleaved')).toEqual({ right: 800, wrong: 0, started: 16 });
});

describe('forged sources', () => {
  test('with a budget of 1000 the victim gets many times what the attacker sends', () => {
    const { sent, received } = forged(1000);
    expect(received).toBeGreaterThan(30 * sent);
  });

  test.each([1, 3, 20])('with a budget of %i it never gets more than that', (factor) => {
    const { sent, received } = forged(factor);
    expect(sent).toBeGreaterThan(0);
    expect(received).toBeLessThanOrEqual(factor * sent);
  });

  test('one datagram circles between two echo services, no faster than their rate', () => {
    const fast = run('loop', 'open', '1000') as { readonly datagrams: number };
    const slow = run('loop', 'open', '20') as { readonly datagrams: number };
    expect(fast.datagrams).toBeGreaterThan(200);
    // The burst of each, and what comes in a second and a bit.
    expect(slow.datagrams).toBeLessThan(100);
  });

  test('it ends at once where the port of the other service is refused', () => {
    expect(run('loop', 'refused', '1000')).toEqual({ datagrams: 0, counts: [{}, { 'source-port': 1 }] });
  });
});

test('an empty datagram starts date; a port below 1024 does not', () => {
  expect(run('daytime')).toEqual({
    answer: expect.stringMatching(/\d\d:\d\d:\d\d/),
    low: null,
    started: 1,
    'source-port': 1,
  });
});

test('a full table refuses strangers, and empty datagrams and those beyond the rate are dropped', () => {
  const said = run('bounds');
  expect(said).toMatchObject({
    first: ['first', 'first', null, null],
    again: 'again',
    started: 2,
    sessions: 2,
  });
  expect(said).toMatchObject({ empty: 1, rate: expect.any(Number) });
});

test('a peer that is idle makes room for another', () => {
  expect(run('idle')).toEqual({ answers: [true, true, true], started: 3 });
});

test('a session that does not read keeps nobody waiting: its queue fills and the rest is dropped', () => {
  expect(run('full_queue')).toEqual({ started: 1, 'queue-full': expect.any(Number) });
});

test('the last words of a session are sent, also when it leaves a request unread', () => {
  const words = Array.from({ length: 20 }, (_, index) => String(index));
  expect(run('last_words')).toEqual({ said: [words, words] });
});
