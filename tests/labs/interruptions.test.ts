import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { finished } from '../support/finished.ts';
import { NODE, PROGRAM, portcullis } from '../support/portcullis.ts';
import { type ProcessState, processTree, readProcess } from '../support/processes.ts';
import { TestFolder } from '../support/test-folder.ts';
import { exerciseFile } from './support/lab-check.ts';

interface Running {
  readonly pid: number;
  readonly ended: ReturnType<typeof finished>;
  /** The processes of the command: its own and those of its worlds, by their programs. */
  readonly family: () => readonly ProcessState[];
}

/** Starts a check and waits until its world has sessions. */
async function runningCheck(): Promise<Running> {
  const words = [PROGRAM, 'lab', 'check', '1', exerciseFile(1, 'solution/policy.yaml')];
  const child = spawn(NODE, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const pid = child.pid ?? 0;
  const family = (): readonly ProcessState[] => processTree(pid);
  await expect
    .poll(() => family().filter(({ program }) => program.includes('/lab/bin/')).length)
    .toBeGreaterThan(1);
  return { pid, ended: finished(child), family };
}

/** The end of one process may have ended another one already. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Waits until none of them is there any more. */
async function expectGone(pids: readonly number[]): Promise<void> {
  await expect.poll(() => pids.filter((pid) => readProcess(pid) !== undefined)).toEqual([]);
}

test('Ctrl-C ends a check with one line, and nothing is left', async () => {
  const { pid, ended, family } = await runningCheck();
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  const pids = family().map((each) => each.pid);
  process.kill(pid, 'SIGINT');
  const { code, stdout, stderr } = await ended;
  expect({ code, stdout, stderr }).toEqual({
    code: 130,
    stdout: '',
    stderr: 'portcullis: interrupted: there is no verdict\n',
  });
  await expectGone(pids);
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).toBe(mounts);
});

test('kill -9 of the command leaves nothing', async () => {
  const { pid, ended, family } = await runningCheck();
  const pids = family().map((each) => each.pid);
  process.kill(pid, 'SIGKILL');
  expect(await ended).toMatchObject({ code: null, stdout: '' });
  await expectGone(pids);
});

test.each(['world', 'referee'])('kill -9 of a %s is one line and no verdict', async (victim) => {
  const { ended, family } = await runningCheck();
  const all = family();
  const worlds = all.filter(({ program }) => program.endsWith('/world'));
  // A referee is the child of the first process of its world.
  const referees = all.filter(
    ({ program, parent }) => program.endsWith('/opt/node') && worlds.some(({ pid }) => pid === parent),
  );
  const victims = victim === 'world' ? worlds : referees;
  expect(victims.length).toBeGreaterThan(0);
  for (const { pid } of victims) killIfThere(pid);
  const { code, stdout, stderr } = await ended;
  expect(code).toBe(3);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^portcullis: [^\n]+\n$/);
  await expectGone(all.map(({ pid }) => pid));
});

test('two students on one machine do not meet', async () => {
  const file = exerciseFile(4, 'solution/policy.yaml');
  const both = await Promise.all([1, 2].map(() => portcullis(['lab', 'check', '4', file, '--json'])));
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
});

test('a seed repeats a run', async () => {
  const run = async (): Promise<unknown> => {
    const { stdout } = await portcullis(['lab', 'attack', '3', '--seed', 'again', '--json']);
    return JSON.parse(stdout);
  };
  expect(await run()).toEqual(await run());
});

test('start makes a directory whole or not at all', async () => {
  using folder = new TestFolder();
  const directory = `${folder.path}/mine`;
  const first = await portcullis(['lab', 'start', '2', '--dir', directory]);
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(readdirSync(directory).sort()).toEqual(['README.fr.md', 'README.md', 'canary', 'policy.yaml']);
  const again = await portcullis(['lab', 'start', '2', '--dir', directory]);
  expect(again.code).toBe(2);
  expect(again.stderr).toContain('exists already');
  const nowhere = await portcullis(['lab', 'start', '2', '--dir', `${folder.path}/no/such/place`]);
  expect(nowhere.code).toBe(2);
  expect(nowhere.stderr).toContain('its directory does not exist');
  expect(readdirSync(folder.path)).toEqual(['mine']);
});

test('the attack of a started exercise gains the secret of its directory, and a check there is kept', async () => {
  using folder = new TestFolder();
  const directory = `${folder.path}/mine`;
  await portcullis(['lab', 'start', '3', '--dir', directory]);
  const secret = readFileSync(`${directory}/canary`, 'utf8').trim();
  const attack = await portcullis(['lab', 'attack', '3', '--dir', directory]);
  expect(attack).toMatchObject({ code: 0, stderr: '' });
  expect(attack.stdout).toContain(`the answer has ${secret}`);
  const check = await portcullis(['lab', 'check', '3', '--dir', directory]);
  expect(check.code).toBe(1);
  expect(check.stdout).toContain('Not passed.');
  expect(JSON.parse(readFileSync(`${directory}/result.json`, 'utf8'))).toMatchObject({ passed: false });
  // A secret that is known before is not the one of a check.
  expect(check.stdout).not.toContain(secret);
});

test.each([
  { words: ['check', '9'], says: "there is no exercise '9': they are 1, 2" },
  { words: ['check', 'x'], says: "there is no exercise 'x'" },
  { words: ['check', '1', '/nonexistent/policy.yaml'], says: "cannot read '/nonexistent/policy.yaml'" },
  { words: ['check', '1', '/dev/zero'], says: 'is not a regular file' },
  { words: ['check', '1', '/proc'], says: 'is not a regular file' },
  { words: ['check', '1', '--dir', '/nonexistent'], says: 'portcullis lab start 1' },
  { words: ['check'], says: 'N is missing' },
  { words: ['demo', '1'], says: "lab demo takes no '1'" },
  { words: ['start', '1', '--seed', 'x'], says: 'lab start takes no --seed' },
  { words: ['solve', '1'], says: 'one of list, start, attack, check, demo' },
])('lab $words is refused in one line', async ({ words, says }) => {
  const { code, stdout, stderr } = await portcullis(['lab', ...words]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(says);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});

test('the list has every exercise, with its state', async () => {
  const { stdout } = await portcullis(['lab', '--json']);
  const { exercises } = JSON.parse(stdout);
  expect(exercises.map(({ number }: { readonly number: number }) => number)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8,
  ]);
  for (const { number, minutes } of exercises) {
    expect(minutes).toBeGreaterThan(0);
    for (const name of ['README.md', 'README.fr.md', 'policy.yaml', 'solution/policy.yaml'])
      expect(existsSync(exerciseFile(number, name))).toBe(true);
  }
});

test('a policy that changes while it is checked is judged as it was read', async () => {
  using folder = new TestFolder();
  const file = folder.write('policy.yaml', readFileSync(exerciseFile(4, 'policy.yaml'), 'utf8'));
  const child = spawn(NODE, [PROGRAM, 'lab', 'check', '4', file, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = finished(child);
  await expect
    .poll(() => processTree(child.pid ?? 0).some(({ program }) => program.endsWith('/world')))
    .toBe(true);
  writeFileSync(file, readFileSync(exerciseFile(4, 'solution/policy.yaml'), 'utf8'));
  const { code, stdout } = await ended;
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ passed: false, stopped: { verdict: 'no' } });
});

test('a result and a secret that a student writes into the directory change no verdict', async () => {
  using folder = new TestFolder();
  const directory = `${folder.path}/mine`;
  await portcullis(['lab', 'start', '4', '--dir', directory]);
  writeFileSync(`${directory}/result.json`, '{"passed":true}');
  writeFileSync(`${directory}/canary`, 'no secret\n');
  const { code, stdout } = await portcullis(['lab', 'check', '4', '--dir', directory, '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ passed: false, stopped: { verdict: 'no' } });
  expect(JSON.parse(readFileSync(`${directory}/result.json`, 'utf8'))).toMatchObject({ passed: false });
});
