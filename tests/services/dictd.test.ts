import { execFile, spawnSync } from 'node:child_process';
import { appendFileSync, copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Dialogue } from '../support/dialogue.ts';
import { findings } from '../support/findings.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { expectNoneKilled } from './support/session-ends.ts';
import { type ShippedService, serveShipped } from './support/shipped-service.ts';

interface Served extends ShippedService {
  /** What the client prints, also when it has found nothing. */
  readonly dict: (...args: readonly string[]) => string;
}

/** Beside its own dictionary the service has a large one of Debian. */
async function serve(changes: Readonly<Record<string, string>> = {}): Promise<Served> {
  const service = await serveShipped({
    policy: 'dictd.yaml',
    listen: '[::]:2628',
    root: '/srv/dictd',
    changes,
    prepare: (root) => {
      for (const name of ['foldoc.index', 'foldoc.dict.dz'])
        copyFileSync(`/usr/share/dictd/${name}`, join(root, 'dict', name));
      const database = 'database foldoc { data /dict/foldoc.dict.dz index /dict/foldoc.index }\n';
      appendFileSync(join(root, 'dictd.conf'), database);
    },
  });
  return {
    ...service,
    dict: (...args) => {
      const host = args.includes('-h') ? [] : ['-h', '127.0.0.1'];
      const client = ['-P', '-', '-p', String(service.port), ...host, ...args];
      const { stdout, stderr } = spawnSync('dict', client, { encoding: 'utf8', timeout: PATIENCE_MS });
      return stdout + stderr;
    },
  };
}

describe('policies/dictd.yaml', () => {
  test('has no problem, not even a warning', async () => {
    await using served = await serve();
    expect(await findings(served.policy)).toEqual([]);
  });

  test('dict is told definitions, of the plain dictionary and of the compressed one, over IPv4 and IPv6', async () => {
    await using served = await serve();
    const { dict } = served;
    expect(dict('-d', 'words', 'portcullis')).toContain('portcullis\n    a gate that falls');
    expect(dict('-h', '::1', '-d', 'words', 'gate')).toContain('a way in that somebody watches');
    expect(dict('gate')).toMatch(/^3 definitions found/);
    expect(dict('-d', 'foldoc', 'kernel')).toContain('The essential part of {Unix}');
    await expectNoneKilled(served);
  });

  test('words are searched in every way, and the server tells what it has', async () => {
    await using served = await serve();
    const { dict } = served;
    for (const [strategy, word] of [
      ['exact', 'gate'],
      ['prefix', 'gat'],
      ['substring', 'at'],
      ['suffix', 'ate'],
      ['re', '^g.*e$'],
      ['regexp', '^g.te$'],
      ['soundex', 'gayt'],
      ['lev', 'gaet'],
      ['word', 'gate'],
    ] as const)
      expect(dict('-m', '-s', strategy, word), strategy).toMatch(/^words: +gate/);
    expect(dict('-m', '-d', 'foldoc', '-s', 'prefix', 'a').length).toBeGreaterThan(5000);
    expect(dict('-D')).toContain('The Free On-line Dictionary of Computing');
    expect(dict('-S')).toContain('Match headwords exactly');
    expect(dict('-I')).toMatch(/foldoc +\d{5}/);
    expect(dict('-i', 'foldoc')).toContain('Howe');
    await expectNoneKilled(served);
  });

  test('errors are answered', async () => {
    await using served = await serve();
    const { dict, port } = served;
    expect(dict('no-such-word')).toContain('No definitions found');
    expect(dict('-d', 'none', 'gate')).toContain('is not a valid database');
    using client = await Dialogue.open(port);
    for (const [line, code] of [
      ['DEFINE ../../etc/passwd root', '550'],
      ['DEFINE /dict/words.dict gate', '550'],
      ['MATCH words none gate', '551'],
      ['DEFINE', '501'],
      ['AUTH alice word', '531'],
      ['EXEC id', '500'],
      ['QUIT', '221'],
    ] as const)
      expect((await client.say(line)).slice(0, 3), line).toBe(code);
    await expectNoneKilled(served);
  });

  test('several clients are served at once, one of which asks much and takes nothing', async () => {
    await using served = await serve();
    const { port, running } = served;
    using slow = await Dialogue.open(port);
    slow.socket.pause();
    slow.socket.write('MATCH * prefix a\r\n'.repeat(200));
    const args = ['-P', '-', '-h', '127.0.0.1', '-p', String(port), '-d', 'foldoc', 'kernel'];
    const answers = await Promise.all(Array.from({ length: 6 }, () => promisify(execFile)('dict', args)));
    expect(new Set(answers.map(({ stdout }) => stdout)).size).toBe(1);
    slow.socket.resetAndDestroy();
    await running.waitFor(({ event, session }) => event === 'end' && session === 1);
    await expectNoneKilled(served);
  });

  test('a dictionary that is not there is told to the log, and nobody is served', async () => {
    await using served = await serve();
    const { root, dict, running } = served;
    rmSync(join(root, 'dict/words.dict'));
    expect(dict('gate')).not.toContain('definition');
    const end = await running.waitFor(({ event }) => event === 'end');
    expect(end, running.transcript()).toMatchObject({ status: 1, cause: 'exit' });
    expect(running.events.map(({ text }) => text)).toContainEqual(
      expect.stringContaining('terminating due to errors'),
    );
  });

  test('a search without end costs the time that one session has', async () => {
    await using served = await serve({ 'cpu: 5s': 'cpu: 1s' });
    const { dict, port, running } = served;
    using client = await Dialogue.open(port);
    client.socket.write('MATCH * re "(.*)(.*)(.*)(.*)\\1\\2\\3\\4x"\r\n');
    const end = await running.waitFor(({ event }) => event === 'end');
    expect(end).toMatchObject({ session: 1, signal_name: 'SIGKILL' });
    expect(dict('-d', 'words', 'gate')).toContain('a way in');
  });

  test('a word that dictd has no room for ends its session, and no other', async () => {
    await using served = await serve();
    const { dict, port, running } = served;
    using other = await Dialogue.open(port);
    using client = await Dialogue.open(port);
    client.socket.on('error', () => undefined);
    client.socket.write(`DEFINE * ${'a'.repeat(50_000)}\r\n`);
    await running.waitFor(({ event, session }) => event === 'end' && session === 2);
    expect(await other.say('DEFINE words gate')).toMatch(/^150 /);
    expect(dict('-d', 'words', 'gate')).toContain('a way in');
  });
});
