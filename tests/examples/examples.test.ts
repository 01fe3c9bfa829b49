import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { exchange } from '../support/dial.ts';
import { launchReady } from '../support/launch.ts';
import { portcullis } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { TestFolder } from '../support/test-folder.ts';

const EXAMPLES = new URL('../../examples/', import.meta.url);
const POLICIES = ['daytime.yaml', 'daytime-inside.yaml', 'finger/finger.yaml'];

function example(name: string): string {
  return readFileSync(new URL(name, EXAMPLES), 'utf8');
}

/** The text with each of these parts replaced; fails when one is not there. */
function replaced(text: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`the example does not contain ${from}`);
    return changed.replaceAll(from, to);
  }, text);
}

test.each(POLICIES)('%s has no problem, not even a warning', async (name) => {
  const { stdout, code } = await portcullis(['check', '--strict', new URL(name, EXAMPLES).pathname]);
  // A note says that others have the user nobody, too.
  expect({ found: stdout.match(/error:|warning:/g), code }).toEqual({ found: null, code: 0 });
  expect(stdout).toMatch(/^1 policy: no errors\n/m);
});

describe('examples/daytime.yaml', () => {
  test('tells the time', async () => {
    using folder = new TestFolder();
    const port = freePort();
    const policy = folder.write(
      'daytime.yaml',
      replaced(example('daytime.yaml'), { '[::]:13': `[::]:${port}` }),
    );
    await using running = await launchReady([policy]);
    const answer = await exchange(port, '');
    expect(answer).toMatch(/^\w{3} \w{3} .* UTC \d{4}\n$/);
    expect(Math.abs(Date.parse(answer) - Date.now())).toBeLessThan(60_000);
    expect(await running.stop()).toBe(0);
  });
});

test.each([
  ['192.168.1.20', 0, '192.168.0.0/16'],
  ['192.168.1.66', 1, '192.168.1.66'],
  ['192.0.2.1', 1, 'no entry'],
  ['fd00::1', 0, 'fc00::/7'],
])('examples/daytime-inside.yaml answers %s with %d', async (peer, answer, reason) => {
  const file = new URL('daytime-inside.yaml', EXAMPLES).pathname;
  const { stdout, code } = await portcullis(['check', '--peer', peer, file]);
  expect(stdout).toContain(reason);
  expect(code).toBe(answer);
});

describe('examples/finger', () => {
  interface Changes {
    readonly script?: Readonly<Record<string, string>>;
    readonly policy?: Readonly<Record<string, string>>;
  }

  async function launchFinger(
    folder: TestFolder,
    changes: Changes = {},
  ): Promise<{ readonly port: number; readonly running: Awaited<ReturnType<typeof launchReady>> }> {
    const port = freePort();
    const script = replaced(example('finger/finger.sh'), { '/srv/finger/plans': folder.path });
    folder.write('finger.sh', replaced(script, changes.script ?? {}), 0o755);
    folder.write('alice', 'Fix the portcullis.\nThen rest.');
    const policy = replaced(example('finger/finger.yaml'), { '[::]:79': `[::]:${port}`, ...changes.policy });
    const text = replaced(policy, { '/srv/finger/finger.sh': `${folder.path}/finger.sh` });
    return { port, running: await launchReady([folder.write('finger.yaml', text)]) };
  }

  test('answers a client of the protocol with the plan of a name', async () => {
    using folder = new TestFolder();
    const { port, running } = await launchFinger(folder);
    await using _ = running;
    expect(await exchange(port, 'alice\r\n')).toBe('Plan of alice:\nFix the portcullis.\nThen rest.\n');
    expect(await exchange(port, 'bob\n')).toBe('Nobody here is called bob.\n');
  });

  test('takes no path for a name, and says so in the log, not to the client', async () => {
    using folder = new TestFolder();
    const { port, running } = await launchFinger(folder);
    await using _ = running;
    const answer = await exchange(port, '../../etc/passwd\r\n');
    expect(answer).toBe('Ask for one name: small letters, digits and hyphens.\n');
    const log = await running.waitFor(({ event }) => event === 'log');
    expect(log).toMatchObject({ session: 1, text: 'refused a query from 127.0.0.1' });
  });

  test('is served as well when the script is the program', async () => {
    using folder = new TestFolder();
    const { port, running } = await launchFinger(folder, { policy: { '/bin/sh, ': '' } });
    await using _ = running;
    expect(await exchange(port, 'bob\n')).toBe('Nobody here is called bob.\n');
  });

  test('ends when the script starts a program, which it could do with exec: allow', async () => {
    using folder = new TestFolder();
    const script = { 'IFS= read -r query': '[ -n "$PATH" ] && exec /bin/echo started' };
    const once = await launchFinger(folder, { script });
    await using _once = once.running;
    expect(await exchange(once.port, '')).toBe('');
    await once.running.waitFor(({ event }) => event === 'denied');
    expect(await once.running.waitFor(({ event }) => event === 'end')).toMatchObject({ signal: 9 });
    const allow = await launchFinger(folder, {
      script,
      policy: { 'group: 61279': 'group: 61279\nexec: allow' },
    });
    await using _allow = allow.running;
    expect(await exchange(allow.port, '')).toBe('started\n');
  });
});
