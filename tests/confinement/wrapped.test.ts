import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostArchitecture } from '../../src/host/host-architecture.ts';
import { syscallNumber } from '../../src/kernel/system-calls.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { NODE, PROGRAM } from '../support/portcullis.ts';
import { freePort } from '../support/ports.ts';
import { buildProbes, PROBE_UID } from '../support/probe-program.ts';
import { processesOf } from '../support/processes.ts';
import { PROMPT, Terminal } from '../support/terminal.ts';
import { TestFolder } from '../support/test-folder.ts';
import { ORDINARY_UID } from './support/ground.ts';

const RUN = `${NODE} ${PROGRAM} run`;
const KILL = syscallNumber('kill', hostArchitecture());

let folder: TestFolder;
let program: string;

beforeAll(() => {
  folder = new TestFolder();
  program = buildProbes(folder);
});
afterAll(() => {
  expect(processesOf(program)).toEqual([]);
  folder[Symbol.dispose]();
});

/** A policy that wraps the probes: with the default rules, or with a filter that lets every call through. */
function policy(seccomp: 'default' | 'open' | readonly string[], ...lines: readonly string[]): string {
  const user = lines.some((line) => line.startsWith('user:'))
    ? []
    : [`user: ${PROBE_UID}`, `group: ${PROBE_UID}`];
  const rules = {
    default: [],
    open: ['seccomp: { default: allow, rules: [getpid] }'],
  };
  const text = [
    'portcullis: 1',
    'service: wrapped',
    `run: [${program}]`,
    ...user,
    ...lines,
    ...(typeof seccomp === 'string'
      ? rules[seccomp]
      : [`seccomp: { default: allow, rules: ${JSON.stringify(seccomp)} }`]),
  ];
  return folder.write(`wrapped-${freePort()}.yaml`, `${text.join('\n')}\n`);
}

/** What a wrapped probe says, behind a shell command such as a redirection, and how it ends. */
function attempt(request: string, file: string, shell = 'exec "$@"'): string {
  const command = ['-c', shell, 'sh', NODE, PROGRAM, 'run', file];
  const { stdout, status } = spawnSync('sh', command, {
    input: `${request}\n`,
    env: { PATH: '/usr/bin:/bin' },
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
  return `${stdout.replaceAll(/^[a-z-]+: /gm, '')}status ${status}`;
}

describe('a wrapped program', () => {
  test('has descriptors 0 to 2 of its caller, and no other', () => {
    const more = 'exec 3</ 9</ 8>>/dev/null; exec "$@"';
    expect(attempt('show-descriptors', policy('open'), more)).toMatch(/^0=(\w+) 1=\1 2=\1\nstatus 0$/);
  });

  test('starts no second program', () => {
    expect(attempt('exec-path', policy('open'))).toBe('EPERM\nstatus 0');
    expect(attempt('exec-path', policy('default'))).toBe('status 159');
  });

  test('has no network but what it was handed, and no file', () => {
    expect(attempt('dial 9', policy('open'))).toBe('EACCES\nstatus 0');
    expect(attempt('write-temporary', policy('open'))).toBe('EACCES\nstatus 0');
  });

  test('sees no process of its caller, and ends none', () => {
    expect(attempt('process-count', policy('open'))).toBe('1\nstatus 0');
    expect(attempt('process-signal -1', policy('open'))).toBe('ESRCH\nstatus 0');
    expect(attempt('process-signal 1', policy('open'))).toBe('EPERM\nstatus 0');
  });

  test('leaves nothing behind, whatever it does to its session and group', async () => {
    for (const request of ['process-leave-child', 'process-leave-group', 'process-leave-daemon'])
      expect(attempt(request, policy('open'))).toMatch(/status 0$/);
    await expect.poll(() => processesOf(program)).toEqual([]);
  });
});

describe('the process group that a wrapped program shares with its caller', () => {
  test('is not killed by it, though it is of one user', async () => {
    const bystander = ['-c', 'echo up; exec sleep 60'];
    const file = policy('open', `user: ${ORDINARY_UID}`, `group: ${ORDINARY_UID}`);
    const job = `sh ${bystander[0]} '${bystander[1]}' & echo "call ${KILL} 0 9" | ${RUN} --unprivileged ${file}; echo status $?; kill $!`;
    const run = (line: string): string =>
      spawnSync('setsid', ['--wait', 'sh', '-c', line], {
        env: { PATH: '/usr/bin:/bin' },
        uid: ORDINARY_UID,
        gid: ORDINARY_UID,
        encoding: 'utf8',
        timeout: PATIENCE_MS,
      }).stdout;
    // Unconfined it takes along whoever is in its group: nobody is left to say a status.
    expect(run(job.replace(/\| .*?;/, `| ${program};`))).not.toContain('status');
    expect(run(job)).toBe('up\nstatus 137\n');
  });
});

describe('a terminal', () => {
  let terminal: Terminal;
  beforeAll(async () => {
    terminal = await Terminal.open();
  });
  afterAll(async () => {
    await terminal[Symbol.asyncDispose]();
  });

  /** What a probe says that is typed to, and what stands in the input of the shell afterwards. */
  async function typeTo(command: string, request: string): Promise<string> {
    terminal.type(`${command}; echo ended $?\n`);
    await terminal.shows('ended $?\n');
    terminal.type(`${request}\n`);
    await terminal.shows(`${request}\n`);
    return terminal.shows('ended');
  }

  test('takes what an unconfined program types into it', async () => {
    expect(await typeTo(program, 'type-ahead')).toBe('xtype-ahead: terminal done, TIOCSTI done\n');
    await terminal.shows(PROMPT);
    terminal.type('\x15');
  });

  test.each([
    ['by the default rules', 'default', 'type-ahead'],
    ['with bits of the number that the kernel ignores', 'default', `type-ahead ${2n ** 32n}`],
  ] as const)('that is handed to a wrapped program is not typed into: %s', async (_, seccomp, request) => {
    const said = await typeTo(`${RUN} ${policy(seccomp)} 2>/dev/null`, request);
    expect(said).toBe('');
    expect(await terminal.shows(PROMPT)).toBe(' 159\n');
  });

  test('that is handed over with one rule against it is not typed into either', async () => {
    const file = policy(['ioctl(cmd == TIOCSTI) -> errno(EACCES)']);
    for (const request of ['type-ahead', `type-ahead ${2n ** 32n}`]) {
      expect(await typeTo(`${RUN} ${file} 2>/dev/null`, request)).toContain('TIOCSTI EACCES\n');
      expect(await terminal.shows(PROMPT)).toBe(' 0\n');
    }
  });

  test('from which a service was started is not its own', async () => {
    const port = freePort();
    const file = folder.write(
      'served.yaml',
      `portcullis: 1\nservice: served\nlisten: tcp://127.0.0.1:${port}\nrun: [${program}]\nuser: ${PROBE_UID}\ngroup: ${PROBE_UID}\nseccomp: { default: allow, rules: [getpid] }\n`,
    );
    expect(await typeTo(program, 'open-terminal')).toContain('open-terminal: done\n');
    await terminal.shows(PROMPT);
    terminal.type(`${RUN} ${file} 2>/dev/null & echo started\n`);
    await terminal.shows('listening');
    const asked = spawn('bash', [
      '-c',
      `exec 3<>/dev/tcp/127.0.0.1/${port}; echo open-terminal >&3; head -n 1 <&3`,
    ]);
    let text = '';
    for await (const bytes of asked.stdout) text += String(bytes);
    expect(text).toBe('open-terminal: ENXIO\n');
    terminal.type('kill $!; wait $!\n');
    await terminal.shows('wait $!\n');
  });
});

/** A console that nobody looks at; where the kernel has none, something that is no terminal. */
const CONSOLE = existsSync('/sys/class/tty/tty63') ? '/dev/tty63' : '/dev/null';

describe('the keyboard of a console', () => {
  /** What the probe says, with the console as descriptor 2 and as the terminal of its session. */
  function onConsole(command: string, request: string): string {
    const line = `exec 2<>${CONSOLE}; echo ${request} | ${command}; echo status $?`;
    const { stdout } = spawnSync('setsid', ['--wait', 'sh', '-c', line], {
      env: { PATH: '/usr/bin:/bin' },
      encoding: 'utf8',
      timeout: PATIENCE_MS,
    });
    return stdout.replaceAll(/give-key: |set-keyboard: /g, '');
  }

  /** With the capability that new meanings need. */
  const CONFIGURES = 'capabilities: [sys_tty_config]';

  test.each(['set-keyboard', 'give-key'])(
    '%s: an unconfined program changes it, and one that only the other layers confine',
    (request) => {
      const answer = CONSOLE === '/dev/null' ? 'no console: ENOTTY' : 'done';
      expect(onConsole(program, `${request} 0`)).toBe(`${answer}\nstatus 0\n`);
      const lines = request === 'give-key' ? [CONFIGURES] : [];
      expect(onConsole(`${RUN} ${policy('open', ...lines)}`, `${request} 0`)).toBe(`${answer}\nstatus 0\n`);
    },
  );

  test.each(['set-keyboard 0', `set-keyboard ${2n ** 32n}`, 'give-key 0', `give-key ${2n ** 32n}`])(
    'stays as it is by the default rules: %s',
    (request) => {
      expect(onConsole(`${RUN} ${policy('default', CONFIGURES)}`, request)).toBe('status 159\n');
    },
  );
});
