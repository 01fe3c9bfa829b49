import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../src/cli/program-description.ts';
import { POLICY_FLAGS } from '../../../src/policy/generated/policy-flags.ts';
import { portcullis } from '../../support/portcullis.ts';
import { TestFolder } from '../../support/test-folder.ts';

const HERE = new URL('.', import.meta.url).pathname;
const ROOT = new URL('../../..', import.meta.url).pathname;

/** A line up to TAB, and what is offered behind it: exactly this, or this among other things. */
interface Case {
  readonly line: string;
  readonly exactly?: readonly string[];
  readonly among?: readonly string[];
}

const CASES: readonly Case[] = [
  { line: '', exactly: COMMANDS.map(({ name }) => name) },
  { line: 'ru', exactly: ['run'] },
  { line: '--', exactly: ['--help', '--version'] },
  { line: 'run --li', exactly: ['--limit', '--listen', '--listen-fds'] },
  { line: 'run --no-', exactly: ['--no-json', '--no-listen-fds', '--no-peer-env', '--no-terminals'] },
  { line: 'run --', among: POLICY_FLAGS.map(({ name }) => `--${name}`) },
  {
    line: 'build --',
    exactly: ['--debug', '--help', '--kernel', '--output', '--target', '--unprivileged', '--version'],
  },
  { line: 'check --strict policies/e', exactly: ['echo.yaml', 'efingerd.yaml'] },
  { line: 'check policies/echo.yaml policies/ef', exactly: ['efingerd.yaml'] },
  { line: 'plan po', exactly: ['policies/'] },
  { line: 'run -p policies/git', exactly: ['git-daemon.yaml'] },
  { line: 'run --policy=policies/git', exactly: ['git-daemon.yaml'] },
  { line: 'build --target ', exactly: ['aarch64', 'x86_64'] },
  { line: 'build --target=x', exactly: ['x86_64'] },
  { line: 'build -o pack', exactly: ['package-lock.json', 'package.json'] },
  { line: 'run --stderr=', exactly: ['log', 'null', 'socket'] },
  { line: 'run --rlimit n', exactly: ['nice', 'nofile', 'nproc'] },
  { line: 'run --rlimit=n', exactly: ['nice', 'nofile', 'nproc'] },
  {
    line: 'run --limit ',
    exactly: [
      'burst',
      'client-gone',
      'datagrams',
      'drain',
      'first-byte',
      'grace',
      'idle',
      'penalties',
      'per-source',
      'rate',
      'sessions',
      'signal',
      'time',
      'total-burst',
      'total-rate',
    ],
  },
  { line: 'check --rule @st', exactly: ['@start', '@stdio'] },
  { line: 'check --rule=@st', exactly: ['@start', '@stdio'] },
  { line: 'run --rule openat', exactly: ['openat', 'openat2'] },
  { line: 'run --capabilities CAP_NET_B', exactly: ['CAP_NET_BIND_SERVICE', 'CAP_NET_BROADCAST'] },
  { line: 'run --seccomp-default kill', exactly: ['kill_process', 'kill_thread'] },
  { line: 'run --user daem', among: ['daemon'] },
  { line: 'run --group daem', among: ['daemon'] },
  { line: 'run --pass-env HOM', among: ['HOME'] },
  { line: 'run --root test', exactly: ['tests/'] },
  { line: 'run --try ', exactly: [] },
  { line: 'run --listen tcp://:', exactly: [] },
  { line: 'run --user nobody -- mkfif', exactly: ['mkfifo'] },
  { line: 'run -- cat README', exactly: ['README.md'] },
  { line: 'completion ', exactly: ['bash', 'fish', 'zsh'] },
  { line: 'import mini', exactly: ['minijail'] },
  { line: 'import oci pack', exactly: ['package-lock.json', 'package.json'] },
  { line: 'import -o x --arch x86_64 oci pack', exactly: ['package-lock.json', 'package.json'] },
  { line: 'export oci policies/ef', exactly: ['efingerd.yaml'] },
  { line: 'lab ', exactly: ['attack', 'check', 'demo', 'list', 'start'] },
  { line: 'lab --', exactly: ['--dir', '--help', '--json', '--seed', '--version'] },
  { line: 'lab check 1 policies/ef', exactly: ['efingerd.yaml'] },
  { line: 'lab start 1 --dir tes', exactly: ['tests/'] },
];

const SHELLS = {
  bash: ['zsh', '-f', `${HERE}offers.zsh`, 'bash'],
  zsh: ['zsh', '-f', `${HERE}offers.zsh`, 'zsh'],
  fish: ['fish', '--no-config', `${HERE}offers.fish`],
} as const;

/** Shells differ in how much of a word they repeat: what stands before a value and before a file, and the = behind a name. */
function bare(word: string): string {
  return word
    .replace(/^--[a-z-]+=(?=.)/, '')
    .replace(/=$/, '')
    .replace(/^.*\/(?=.)/, '')
    .replace(/^(policies|tests)$/, '$1/');
}

describe.each(Object.entries(SHELLS))('the completion of %s', (shell, command) => {
  const offered = new Map<string, readonly string[]>();

  beforeAll(async () => {
    using folder = new TestFolder();
    const script = await portcullis(['completion', shell]);
    expect(script).toMatchObject({ code: 0, stderr: '' });
    const file = folder.write('_portcullis', script.stdout);
    const [program, ...rest] = command;
    const lines = CASES.map(({ line }) => `portcullis ${line}`);
    const answer = execFileSync(program, [...rest, file, ...lines], {
      cwd: ROOT,
      encoding: 'utf8',
      // A program that is started by TAB would not be found.
      env: { PATH: '/usr/bin:/bin', HOME: folder.path, TERM: 'xterm' },
    });
    const parts = answer.split(/^\n/m);
    for (const [index, { line }] of CASES.entries())
      offered.set(line, (parts[index] ?? '').split('\n').filter(Boolean).map(bare));
  });

  test.each(CASES)('portcullis $line', ({ line, exactly, among }) => {
    const words = offered.get(line) ?? ['no answer'];
    // A letter is shown beside its long option by some shells, and not by others.
    const long = words.filter((word) => !/^-[a-z]$/.test(word));
    if (exactly !== undefined) expect(long.toSorted()).toEqual([...exactly].toSorted());
    if (among !== undefined) expect(long).toEqual(expect.arrayContaining([...among]));
  });
});

test('a shell that is not known is one line', async () => {
  expect(await portcullis(['completion', 'bsh'])).toEqual({
    code: 2,
    stdout: '',
    stderr: "portcullis: 'SHELL' does not take 'bsh'; did you mean 'bash'?\n",
  });
});
