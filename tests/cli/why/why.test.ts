import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { finished } from '../../support/finished.ts';
import { NODE, PROGRAM, portcullis } from '../../support/portcullis.ts';
import { TestFolder } from '../../support/test-folder.ts';

const POLICY = `portcullis: 1
service: web
listen: tcp://127.0.0.1:7990
run: [/bin/cat]
seccomp:
  rules:
    - "@start"
    - "@stdio"
    - "@read-files"
`;

const OPEN = 'openat(AT_FDCWD, ..., O_RDWR|O_CREAT, 0600)';

const ANSWERED = JSON.stringify({
  event: 'answered',
  session: 3,
  pid: 12,
  program: 'app',
  call: 257,
  args: ['0xffffff9c', '0x7ffc12345678', '0x42', '0x180', '0x0', '0x0'],
  errno: 13,
  path: '/srv/\u001bx',
});

function denied(fields: object): string {
  const args = ['0xffffff9c', '0x7ffc12345678', '0x42', '0x180', '0x0', '0x0'];
  return JSON.stringify({
    event: 'denied',
    service: 'web',
    pid: 12,
    call: 257,
    args,
    ip: '0x7f12',
    ...fields,
  });
}

/** What the command says of a policy; `log` is its standard input. */
async function why(question: string, options: readonly string[] = [], log = '', policy = POLICY) {
  using folder = new TestFolder();
  const file = folder.write('web.yaml', policy);
  const args = ['why', '--arch', 'x86_64', ...options, question, file];
  const env = { ...process.env, LOG: folder.write('log', log) };
  const line = ['-c', 'exec "$@" < "$LOG"', 'sh', NODE, PROGRAM, ...args];
  const child = spawn('/bin/sh', line, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const { code, stdout, stderr } = await finished(child);
  const withoutFolder = (text: string): string => text.replaceAll(`${folder.path}/`, '');
  return { code, stdout: withoutFolder(stdout), stderr: withoutFolder(stderr) };
}

const EXPLAINED = `  answer  kill_process
  rule    web.yaml:7 @start has openat only for reading
  rule    web.yaml:9 @read-files has openat only for reading
  allow   "@write-files"
  key     writable: a directory
  key     rlimits.fsize: 64MiB
`;

describe('a call', () => {
  test('is explained with the lines that have it, and with the one that would let it through', async () => {
    expect(await why(OPEN)).toEqual({ code: 0, stdout: `${OPEN}\n${EXPLAINED}`, stderr: '' });
  });

  test('is explained as data', async () => {
    const { stdout } = await why(OPEN, ['--json']);
    expect(JSON.parse(stdout)).toEqual([
      {
        call: 257,
        args: ['0xffffffffffffff9c', '0x1000', '0x42', '0x180', '0x0', '0x0'],
        answer: 'kill_process',
        call_name: 'openat',
        arguments: 'AT_FDCWD, ..., O_RDWR|O_CREAT, 0600',
        rules: [
          {
            file: expect.stringMatching(/web\.yaml$/),
            line: 7,
            rule: '@start',
            failed: 'has openat only for reading',
          },
          {
            file: expect.stringMatching(/web\.yaml$/),
            line: 9,
            rule: '@read-files',
            failed: 'has openat only for reading',
          },
        ],
        allow: ['@write-files'],
        keys: { writable: 'a directory', 'rlimits.fsize': '64MiB' },
        opens: [],
      },
    ]);
  });

  test('that is allowed has the line that allows it', async () => {
    expect((await why('read(0, ..., 9)')).stdout).toBe(
      'read(0, ..., 9)\n  answer  allow\n  rule    web.yaml:7 @start has read\n  rule    web.yaml:8 @stdio has read\n',
    );
  });

  test('may lack its arguments', async () => {
    expect((await why('262')).stdout).toContain('newfstatat\n  answer  allow\n');
    expect((await why('clone')).stdout).toBe(
      'clone\n  answer  kill_process\n  rule    no rule has clone\n  allow   write the call with its arguments; it is in @fork, @threads\n',
    );
  });

  test('that opens a boundary says what that gives away', async () => {
    const { stdout } = await why('ioctl(0, TIOCSTI, ...)');
    expect(stdout).toContain(
      '  allow   "ioctl(cmd == TIOCSTI)"\n  opens   the terminal; characters can be put into',
    );
  });

  test('is explained by the default rules of a policy that has no others', async () => {
    const [bare = ''] = POLICY.split('seccomp:');
    const { stdout } = await why(OPEN, [], '', bare);
    expect(stdout).toMatch(
      /rule {4}the default rule @service has openat only for reading or for existing files\n/,
    );
    expect(stdout).toMatch(/allow {3}seccomp\.rules: \["@service", "@write-files"\]\n/);
  });

  test('is explained by a section without a policy', async () => {
    const { stdout } = await why('write(1, ..., 3)', [], '', 'seccomp:\n  rules: [read]\n');
    expect(stdout).toContain('  rule    no rule has write\n  allow   "@stdio"\n');
  });
});

describe('an event', () => {
  test('of a denied call is explained with its session and program', async () => {
    const { stdout } = await why(denied({ session: 3, program: 'app' }));
    expect(stdout).toBe(`session 3: ${OPEN} in app\n${EXPLAINED}`);
  });

  test('without arguments is explained as far as the call goes', async () => {
    const { stdout } = await why(denied({ args: undefined, call: 39 }));
    expect(stdout).toBe(
      'getpid\n  answer  kill_process\n  rule    no rule has getpid\n  allow   "@identity"\n',
    );
  });

  test('cannot steer the terminal by the name of its program', async () => {
    expect((await why(denied({ program: '\u001b[2Ja' }))).stdout).not.toContain('\u001b');
  });

  test('is the last one of a log of this service, or every one', async () => {
    const log = [
      '{"event":"ready","service":"web"}',
      denied({ session: 1, call: 39 }),
      'no line of JSON',
      denied({ session: 2 }),
      denied({ session: 9, service: 'other', call: 41 }),
    ].join('\n');
    expect((await why('-', [], log)).stdout).toBe(`session 2: ${OPEN}\n${EXPLAINED}`);
    const { stdout } = await why('-', ['--all', '--json'], log);
    expect(JSON.parse(stdout)).toMatchObject([
      { session: 1, call_name: 'getpid' },
      { session: 2, call_name: 'openat' },
    ]);
  });

  test('of the kernel log has the number, and of an older log if it is there', async () => {
    const record = 'audit: type=1326 audit(1.2:3): pid=7 comm="ls" sig=31 arch=c000003e syscall=39 compat=0';
    expect((await why(record)).stdout).toContain('getpid in ls\n');
    expect((await why('{"event":"end","session":4,"signal":31,"call":39}')).stdout).toContain(
      'session 4: getpid\n',
    );
  });
});

describe('wrong use', () => {
  test.each<readonly [question: string, says: string]>([
    ['opnat(1)', "no system call is named 'opnat'; did you mean 'openat'?"],
    ['openat(1', "')'"],
    ['i386: 5', 'refuses every other machine'],
    ['{"event":', 'quote it as a whole'],
    ['{"event":"end","signal":31}', "'end' has no number of a call"],
    ['{"event":"start","session":1}', 'none of a denied call'],
    [denied({ service: 'other' }), "of the service 'other', the policy is of 'web'"],
    ['{"event":"answered","call":257,"errno":13}', 'none of a denied call or an answer'],
    [ANSWERED.replace('"errno":13', '"errno":-13'), 'none of a denied call or an answer'],
    ['-', 'no line is an event of a denied call'],
    ['type=1326 arch=40000003 syscall=39', 'the record is of the machine 0x40000003'],
  ])('%s', async (question, says) => {
    const { code, stdout, stderr } = await why(question);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
  });

  test('an answer with its cause and the key, whatever its path is', async () => {
    const { code, stdout } = await why(ANSWERED);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `session 3: openat(AT_FDCWD, "/srv/\\u{1b}x", O_RDWR|O_CREAT, 0600) in app
  answer  EACCES
  cause   Landlock refuses writing to /srv/\\u{1b}x: writable is empty
  key     writable: /srv
`,
    });
  });

  test('a policy with errors explains nothing', async () => {
    const { code, stderr } = await why(OPEN, [], '', POLICY.replace('@stdio', '@studio'));
    expect(code).toBe(1);
    expect(stderr).toContain("did you mean '@stdio'?");
  });

  test('a call without a policy', async () => {
    expect(await portcullis(['why', OPEN])).toMatchObject({ code: 2 });
  });
});
