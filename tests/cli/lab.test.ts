import { execFileSync, spawn } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { expect, test } from 'vitest';
import { type Finished, finished } from '../support/finished.ts';
import { NODE, PROGRAM, portcullis } from '../support/portcullis.ts';
import { TestFolder } from '../support/test-folder.ts';

/** Runs lab in a folder, as its student does. */
function lab(folder: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  const child = spawn(NODE, [PROGRAM, 'lab', ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return finished(child);
}

/** A policy that is refused before a world is made. */
const OTHER_PROGRAM = 'run: [/bin/true]\n';

test('the list says which exercises are begun and passed', async () => {
  using folder = new TestFolder();
  await lab(folder.path, ['start', '1']);
  await lab(folder.path, ['start', '6']);
  folder.write('lab-6/result.json', '{"passed":true}');
  const { stdout, stderr, code } = await lab(folder.path, []);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  expect(stdout).toMatch(/^ 1 {2}One client at a time .*started$/m);
  expect(stdout).toMatch(/^ 3 {2}Children of root .*root {3}-$/m);
  expect(stdout).toMatch(/^ 6 {2}Bombs .*passed$/m);
});

test('the list without root says what needs sudo', async () => {
  const { stdout } = await portcullis(['lab'], { uid: 65534 });
  expect(stdout).toContain('Exercises 3, 4, 5 need sudo.');
});

test('a named pipe in the place of a file stops neither the list nor an attack', async () => {
  using folder = new TestFolder();
  await lab(folder.path, ['start', '1']);
  rmSync(`${folder.path}/lab-1/canary`);
  for (const name of ['canary', 'result.json']) execFileSync('mkfifo', [`${folder.path}/lab-1/${name}`]);
  expect((await lab(folder.path, [])).stdout).toMatch(/One client at a time .*started$/m);
  const { code, stderr } = await lab(folder.path, ['attack', '1']);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: "portcullis: 'lab-1/canary' is not a regular file\n",
  });
});

test.each(['', 'short\n', 'two lines of\na secret\n', '\u001b[31m-a-red-secret\n'])(
  'an attack refuses the secret %j, which no answer could prove',
  async (secret) => {
    using folder = new TestFolder();
    await lab(folder.path, ['start', '1']);
    folder.write('lab-1/canary', secret);
    const { code, stderr } = await lab(folder.path, ['attack', '1']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "portcullis: 'lab-1/canary' has no secret: write one line of 8 to 100 letters and digits\n",
    });
  },
);

test.each(['3', '03', '03-ch'])('%s is exercise 3', async (number) => {
  using folder = new TestFolder();
  const { stdout } = await lab(folder.path, ['start', number]);
  expect(stdout).toContain('Exercise 3: Children of root.');
  expect(readdirSync(folder.path)).toEqual(['lab-3']);
});

test.each(['0', '0x3', '3-', '', '0 3', '../03'])('%j is no exercise', async (number) => {
  using folder = new TestFolder();
  const { code, stdout, stderr } = await lab(folder.path, ['start', number]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('they are 1, 2, 3, 4, 5, 6, 7, 8; portcullis lab lists them');
  expect(readdirSync(folder.path)).toEqual([]);
});

test('each directory has a secret of its own', async () => {
  using folder = new TestFolder();
  for (const name of ['a', 'b']) await lab(folder.path, ['start', '2', '--dir', name]);
  const [a, b] = ['a', 'b'].map((name) => readFileSync(`${folder.path}/${name}/canary`, 'utf8'));
  expect(a).toMatch(/^canary-[0-9a-f]{24}\n$/);
  expect(a).not.toBe(b);
});

test('start says what to type, in words that a shell takes', async () => {
  using folder = new TestFolder();
  const { stdout } = await lab(folder.path, ['start', '3', '--dir', 'my lab']);
  expect(stdout).toContain("sudo portcullis lab attack 3 --dir 'my lab'\n");
  expect(stdout).toContain("sudo portcullis lab check 3 --dir 'my lab'\n");
});

test('under sudo the directory is that of the user who typed it', async () => {
  using folder = new TestFolder();
  const { code } = await lab(folder.path, ['start', '1'], { SUDO_UID: '61234', SUDO_GID: '61235' });
  expect(code).toBe(0);
  for (const name of ['', 'README.md', 'README.fr.md', 'policy.yaml', 'canary'])
    expect(statSync(`${folder.path}/lab-1/${name}`)).toMatchObject({ uid: 61234, gid: 61235 });
});

test('start leaves what is there already', async () => {
  using folder = new TestFolder();
  folder.write('lab-1', 'a file\n');
  mkdirSync(`${folder.path}/lab-2`);
  for (const number of ['1', '2']) {
    const { code, stderr } = await lab(folder.path, ['start', number]);
    expect(code).toBe(2);
    expect(stderr).toContain(`'lab-${number}' exists already`);
  }
  expect(readFileSync(`${folder.path}/lab-1`, 'utf8')).toBe('a file\n');
  expect(readdirSync(`${folder.path}/lab-2`)).toEqual([]);
});

test('a start that is interrupted leaves a whole directory or none', async () => {
  using folder = new TestFolder();
  for (const [index, after] of [5, 40, 70, 90, 110, 130, 160, 300].entries()) {
    const child = spawn(NODE, [PROGRAM, 'lab', 'start', '1', '--dir', `d${index}`], {
      cwd: folder.path,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = finished(child);
    setTimeout(() => child.kill('SIGINT'), after);
    await ended;
  }
  for (const name of readdirSync(folder.path)) {
    expect(name).toMatch(/^d\d$/);
    expect(readdirSync(`${folder.path}/${name}`).sort()).toEqual([
      'README.fr.md',
      'README.md',
      'canary',
      'policy.yaml',
    ]);
  }
});

test('a check as root writes through no link that a student laid', async () => {
  using folder = new TestFolder();
  await lab(folder.path, ['start', '1']);
  const victim = folder.write('victim', 'untouched\n');
  for (const name of ['result.json', 'result.json.new']) symlinkSync(victim, `${folder.path}/lab-1/${name}`);
  writeFileSync(`${folder.path}/lab-1/policy.yaml`, OTHER_PROGRAM);
  expect((await lab(folder.path, ['check', '1'])).code).toBe(1);
  expect(readFileSync(victim, 'utf8')).toBe('untouched\n');
  expect(lstatSync(`${folder.path}/lab-1/result.json`).isFile()).toBe(true);
});

test('the kept result has the verdicts, and nothing of the policy', async () => {
  using folder = new TestFolder();
  await lab(folder.path, ['start', '1'], { SUDO_UID: '61234', SUDO_GID: '61235' });
  writeFileSync(`${folder.path}/lab-1/policy.yaml`, 'run: [a-secret-of-root]\n');
  const { stdout } = await lab(folder.path, ['check', '1', '--seed', 'this one']);
  expect(stdout).toContain('run is [a-secret-of-root]');
  expect(stdout).toContain("Repeat this run with --seed 'this one'\n");
  const file = `${folder.path}/lab-1/result.json`;
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    exercise: 1,
    seed: 'this one',
    passed: false,
    control: 'none',
    stopped: 'none',
    layer: 'none',
    service: 'no',
  });
  expect(statSync(file)).toMatchObject({ uid: 61234, gid: 61235 });
});

test('a result that cannot be kept does not change the verdict', async () => {
  using folder = new TestFolder();
  await lab(folder.path, ['start', '1']);
  writeFileSync(`${folder.path}/lab-1/policy.yaml`, OTHER_PROGRAM);
  mkdirSync(`${folder.path}/lab-1/result.json`);
  const { code, stdout, stderr } = await lab(folder.path, ['check', '1']);
  expect(code).toBe(1);
  expect(stdout).toContain('Not passed.');
  expect(stderr).toBe("portcullis: the list will not show this result: 'lab-1': it is a directory\n");
  expect(readdirSync(`${folder.path}/lab-1`).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('a policy cannot steer the terminal of a grader', async () => {
  using folder = new TestFolder();
  const file = folder.write('policy.yaml', 'run: ["\\e[2Jpassed"]\n');
  const { stdout } = await lab(folder.path, ['check', '1', file]);
  expect(stdout).toContain('run is [\\u{1b}[2Jpassed]');
  expect(stdout).not.toContain('\u001b');
});

test.each([
  { kind: 'a directory', make: (path: string) => mkdirSync(path), says: 'is not a regular file' },
  {
    kind: 'a named pipe',
    make: (path: string) => execFileSync('mkfifo', [path]),
    says: 'is not a regular file',
  },
  {
    kind: 'a link to a device',
    make: (path: string) => symlinkSync('/dev/zero', path),
    says: 'is not a regular file',
  },
  {
    kind: 'a loop of links',
    make: (path: string) => symlinkSync(path, path),
    says: 'cannot read',
  },
  {
    kind: 'a file of 300 KiB',
    make: (path: string) => writeFileSync(path, '#'.repeat(300 * 1024)),
    says: 'is larger than 256 KiB',
  },
  {
    kind: 'a file of bytes',
    make: (path: string) => writeFileSync(path, Buffer.from([0xff, 0xfe])),
    says: 'is not UTF-8 text',
  },
])('$kind is no policy', async ({ make, says }) => {
  using folder = new TestFolder();
  const file = `${folder.path}/policy.yaml`;
  make(file);
  const { code, stdout, stderr } = await lab(folder.path, ['check', '1', file]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(`'${file}'`);
  expect(stderr).toContain(says);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});

test('exercises of several users are refused without root, as not counting', async () => {
  using folder = new TestFolder();
  const file = folder.write('policy.yaml', OTHER_PROGRAM);
  const check = await portcullis(['lab', 'check', '3', file, '--json'], { uid: 65534 });
  expect(check.code).toBe(3);
  expect(JSON.parse(check.stdout)).toMatchObject({ passed: false, unable: expect.stringContaining('sudo') });
  const attack = await portcullis(['lab', 'attack', '3'], { uid: 65534 });
  expect(attack).toMatchObject({ code: 3, stdout: '' });
  expect(attack.stderr).toContain('begin with sudo');
});

test('the errors of a policy are those of check', async () => {
  using folder = new TestFolder();
  const file = folder.write('policy.yaml', 'portcullis: 1\nservice: x\nlisten: 1\nnone: 2\n');
  const { stdout: errors, stderr } = await portcullis(['check', file]);
  const { code, stdout } = await lab(folder.path, ['check', '1', file]);
  expect(code).toBe(1);
  expect(stdout).toContain(`The policy cannot be served:\n${(errors + stderr).trimEnd()}\n\nNot passed.`);
});
