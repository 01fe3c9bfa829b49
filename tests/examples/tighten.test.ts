import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { exchange } from '../support/dial.ts';
import { findings } from '../support/findings.ts';
import { type Launch, launchReady } from '../support/launch.ts';
import { freePort } from '../support/ports.ts';
import { runWithBusybox } from '../support/static-busybox.ts';
import { TestFolder } from '../support/test-folder.ts';

const LESSON = new URL('../../examples/tighten/', import.meta.url);
const STEPS = ['2-limits', '3-root', '4-groups', '5-exec-once', '6-tight'] as const;

/** What a client asks of the script that was left in the site, what it gets when it works, and the step that stops it. */
const ASKED: readonly (readonly [words: string, works: RegExp, stoppedBy: number])[] = [
  ['busybox head -n 1 /etc/passwd', /^root:/, 3],
  ['busybox renice -n 19 -p 1 && echo slower', /slower/, 4],
  ['echo still mine', /still mine/, 5],
];

/** A file of the lesson with paths and port of the test. */
function adapted(name: string, folder: TestFolder, port: number): string {
  return readFileSync(new URL(name, LESSON), 'utf8')
    .replaceAll('/srv/lesson', join(folder.path, 'lesson'))
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${port}`);
}

interface Site extends AsyncDisposable {
  readonly file: string;
  readonly large: Buffer;
  readonly running: Launch;
  readonly port: number;
  readonly curl: (...args: readonly string[]) => Promise<Buffer>;
  readonly ask: (words: string) => Promise<string>;
}

/** The site at one step, with a large file; `run` is served in the place of the server. */
async function serve(step: string, run?: readonly string[]): Promise<Site> {
  const folder = new TestFolder();
  const port = freePort();
  runWithBusybox(adapted('set-up.sh', folder, port));
  const large = randomBytes(900_000);
  writeFileSync(join(folder.path, 'lesson/www/large.bin'), large);
  const file = folder.write(`${step}.yaml`, adapted(`${step}.yaml`, folder, port));
  const running = await (run === undefined
    ? launchReady([file])
    : launchReady(['--', ...run], { args: ['--policy', file], services: 1 }));
  const curl: Site['curl'] = async (...args) => {
    const options = { encoding: 'buffer', maxBuffer: 2 ** 24 } as const;
    return (await promisify(execFile)('curl', ['-s', '--max-time', '10', ...args], options)).stdout;
  };
  const script = `http://127.0.0.1:${port}/cgi-bin/debug`;
  return {
    file,
    large,
    running,
    port,
    curl,
    // A session that is killed answers nothing, which curl calls a failure.
    ask: (words) =>
      curl('-G', '--data-urlencode', words, script).then(
        (answer) => answer.toString(),
        () => '',
      ),
    [Symbol.asyncDispose]: async () => {
      await running.stop();
      folder[Symbol.dispose]();
    },
  };
}

describe.each(STEPS)('examples/tighten/%s.yaml', (step) => {
  const number = Number(step[0]);

  test('is warned about only while it names no calls', async () => {
    await using site = await serve(step);
    const warning =
      "boundary-opened: the default action 'allow' lets every call through that no rule names, and so opens every boundary";
    expect(await findings(site.file)).toEqual(number < 4 ? [warning] : []);
  });

  test('serves the site: files, parts of files, no such file, several clients at once', async () => {
    await using site = await serve(step);
    const { curl, large, port, running } = site;
    const url = `http://127.0.0.1:${port}`;
    expect((await curl(`${url}/`)).toString()).toBe('It works.\n');
    expect((await curl('-r', '500-999', `${url}/large.bin`)).equals(large.subarray(500, 1000))).toBe(true);
    expect((await curl('-o', '/dev/null', '-w', '%{http_code}', `${url}/missing`)).toString()).toBe('404');
    expect((await curl('-I', `${url}/large.bin`)).toString()).toContain('200 OK');
    const copies = await Promise.all(Array.from({ length: 6 }, () => curl(`${url}/large.bin`)));
    expect(copies.every((copy) => copy.equals(large))).toBe(true);
    expect(await running.stop()).toBe(0);
    const ends = running.events.filter(({ event }) => event === 'end');
    expect(new Set(ends.map(({ status }) => status)), running.transcript()).toEqual(new Set([0]));
  });

  test.each(ASKED)(
    '%s: stops it at its step, and so does every later one',
    async (words, works, stoppedBy) => {
      await using site = await serve(step);
      const answer = await site.ask(words);
      if (number < stoppedBy) expect(answer).toMatch(works);
      else expect(answer).not.toMatch(works);
    },
  );
});

test('who has taken the server over lists a folder at step 5 and not at step 6', async () => {
  const list = ['/bin/busybox', 'ls', '/www'];
  await using groups = await serve('5-exec-once', list);
  expect(await exchange(groups.port, '')).toBe('cgi-bin\nindex.html\nlarge.bin\n');
  await using tight = await serve('6-tight', list);
  expect(await exchange(tight.port, '')).toBe('');
  await tight.running.waitFor(({ event }) => event === 'denied');
});
