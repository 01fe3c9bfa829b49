import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NODE, PROGRAM } from '../support/portcullis.ts';
import { PROMPT, Terminal } from '../support/terminal.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

/** Tells what reaches it, and ends with 7 when it is told to quit. Told to, it ignores Ctrl-Z, or takes its time to obey. */
const SCRIPT = `$| = 1;
sub obey { select undef, undef, undef, 0.3; print "cleaned up\\n"; kill STOP, 0 }
$SIG{WINCH} = sub { print "resized\\n" };
$SIG{CONT} = sub { print "continued\\n" };
print "up\\n";
while (<STDIN>) {
  $SIG{TSTP} = /ignore/ ? "IGNORE" : /clean/ ? \\&obey : "DEFAULT";
  print "got $_";
  exit 7 if /quit/;
}
`;

const RULES = ['@start', '@stdio', '@identity', '@read-files', '@time', '@signal-self', 'getrandom'];

const USER = freeUser();
const SERVICE = `talk-${process.pid}`;

let folder: TestFolder;
let terminal: Terminal;
let command: string;

beforeEach(async () => {
  folder = new TestFolder();
  const script = folder.write('talk.pl', SCRIPT);
  const lines = [
    'portcullis: 1',
    `service: ${SERVICE}`,
    `user: ${USER}`,
    `group: ${USER}`,
    `run: [/usr/bin/perl, ${script}]`,
    `seccomp: { rules: ${JSON.stringify(RULES)} }`,
  ];
  const policy = folder.write('talk.yaml', `${lines.join('\n')}\n`);
  command = `${NODE} ${PROGRAM} run ${policy}`;
  terminal = await Terminal.open();
});

afterEach(async () => {
  await terminal[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Starts the program in the foreground. */
async function start(): Promise<void> {
  terminal.type(`${command}\n`);
  await terminal.shows('up\n');
}

async function says(line: string): Promise<void> {
  terminal.type(`${line}\n`);
  await terminal.shows(`got ${line}\n`);
}

async function status(): Promise<string> {
  return (await terminal.run('echo status $?')).trim();
}

describe('a wrapped program on a terminal', () => {
  test("reads what is typed, and its exit status is the command's", async () => {
    await start();
    await says('hello');
    await says('quit');
    await terminal.shows(PROMPT);
    expect(await status()).toBe('status 7');
  });

  test.each([
    ['Ctrl-C', '\x03', 130],
    ['Ctrl-\\', '\x1c', 131],
  ])('%s ends it', async (_, key, expected) => {
    await start();
    terminal.type(key);
    await terminal.shows(PROMPT);
    expect(await status()).toBe(`status ${expected}`);
  });

  test('the end of input ends it', async () => {
    await start();
    terminal.type('\x04');
    await terminal.shows(PROMPT);
    expect(await status()).toBe('status 0');
  });

  test('Ctrl-Z gives the shell the terminal back, fg the program, as often as one likes', async () => {
    await start();
    for (const line of ['one', 'two']) {
      terminal.type('\x1a');
      await terminal.shows('Stopped');
      await terminal.shows(PROMPT);
      expect(await terminal.run('jobs')).toContain('Stopped');
      terminal.type('fg\n');
      await terminal.shows('continued\n');
      await says(line);
    }
    terminal.type('\x03');
    await terminal.shows(PROMPT);
    expect(await status()).toBe('status 130');
  });

  test('Ctrl-Z that it ignores leaves it the terminal', async () => {
    await start();
    await says('ignore this');
    terminal.type('\x1a');
    await says('still here');
    terminal.type('\x1a');
    await terminal.shows('Stopped');
    await terminal.shows(PROMPT);
    terminal.type('fg\n');
    await says('quit');
  });

  test('what it does before it stops is done before the shell has the terminal back', async () => {
    await start();
    await says('clean up first');
    terminal.type('\x1a');
    const before = await terminal.shows('Stopped');
    expect(before).toContain('cleaned up\n');
    expect(before).not.toContain(PROMPT);
    await terminal.shows(PROMPT);
    terminal.type('fg\n');
    await terminal.shows('continued\n');
    await says('quit');
  });

  test('stopped by another process, it is stopped for its shell as well', async () => {
    await start();
    const gate = execFileSync('pgrep', ['-o', '-f', `^portcullis-gate: ${SERVICE}$`], { encoding: 'utf8' });
    process.kill(Number(gate), 'SIGTSTP');
    await terminal.shows('Stopped');
    await terminal.shows(PROMPT);
    terminal.type('fg\n');
    await terminal.shows('continued\n');
    await says('quit');
  });

  test('in the background it is stopped when it reads, and goes on in the foreground', async () => {
    expect(await terminal.run(`${command} & wait -n 2>&1; jobs`)).toMatch(/up\n[\s\S]*Stopped/);
    terminal.type('fg\n');
    await terminal.shows('continued\n');
    await says('quit');
    await terminal.shows(PROMPT);
    expect(await status()).toBe('status 7');
  });

  test('another size of the window reaches it', async () => {
    const name = (await terminal.run('tty')).trim();
    await start();
    execFileSync('stty', ['-F', name, 'rows', '40', 'cols', '100']);
    await terminal.shows('resized\n');
    await says('quit');
  });

  test('it can ask for the size and change the echo, where its policy says so', async () => {
    const rules = [...RULES, 'ioctl(cmd in {TCSETS, TCSETSW})'].map((rule) => `--rule '${rule}'`);
    const stty = `${NODE} ${PROGRAM} run --user ${USER} --group ${USER} ${rules.join(' ')} -- stty`;
    await terminal.run('stty rows 33 cols 111');
    expect(await terminal.run(`${stty} size`)).toBe('33 111\n');
    expect(await terminal.run('stty -a')).toMatch(/ echo /);
    expect(await terminal.run(`${stty} -echo; stty -a; stty echo`)).toMatch(/ -echo /);
  });
});
