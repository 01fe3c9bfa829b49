import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { Installed } from '../support/installed.ts';
import { launch } from '../support/launch.ts';
import { freePort } from '../support/ports.ts';
import { buildProbes, writeProbePolicy } from '../support/probe-program.ts';
import { processesOf } from '../support/processes.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

let folder: TestFolder;
let program: string;
let installed: Installed;

beforeAll(() => {
  folder = new TestFolder();
  program = buildProbes(folder);
  installed = new Installed(folder);
});
afterAll(() => {
  expect(processesOf(program)).toEqual([]);
  expect(processesOf(installed.gate)).toEqual([]);
  folder[Symbol.dispose]();
});

/** Runs policies that must not start: one error, no stack trace, nothing on standard output. */
async function refuse(
  files: readonly string[],
  code: number,
  message: RegExp,
  {
    by = installed,
    environment = {},
  }: { by?: Installed; environment?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const finished = await by.run(files, environment);
  expect(finished.stderr).toMatch(message);
  expect(finished.stderr).toContain('nothing was started');
  expect(finished.stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
  expect(finished.stderr.match(/error:/g) ?? []).toHaveLength(finished.stderr.includes('error:') ? 1 : 0);
  expect(finished.stdout).toBe('');
  expect(finished.code).toBe(code);
}

function policy(name: string, ...lines: readonly string[]): string {
  return folder.write(
    name,
    ['portcullis: 1', `service: ${name.replace('.yaml', '')}`, ...lines, ''].join('\n'),
  );
}

const listen = (): string => `listen: tcp://127.0.0.1:${freePort()}`;

describe('a policy that cannot be used', () => {
  test('wrong YAML', () => refuse([policy('yaml.yaml', 'listen: [')], 125, /yaml\.yaml:\d+:\d+: error: /));
  test('an unknown key', () =>
    refuse(
      [policy('key.yaml', listen(), `run: [${program}]`, 'usr: nobody')],
      125,
      /key\.yaml:5:1: error: .*usr/,
    ));
  test('an unknown user', () =>
    refuse(
      [policy('user.yaml', listen(), `run: [${program}]`, 'user: nobody-has-this-name')],
      125,
      /user\.yaml:5:7: error: .*nobody-has-this-name/,
    ));
  test('a missing program', () =>
    refuse(
      [policy('missing.yaml', listen(), 'run: [/usr/bin/absent-program]')],
      127,
      /missing\.yaml:4:\d+: error: /,
    ));
  test('a program that is not executable', () => {
    folder.write('plain', 'text\n');
    return refuse(
      [policy('plain.yaml', listen(), `run: [${folder.path}/plain]`)],
      126,
      /plain\.yaml:4:\d+: error: /,
    );
  });
  test('a missing root', () =>
    refuse(
      [policy('root.yaml', listen(), `run: [${program}]`, `root: ${folder.path}/absent`)],
      125,
      /root\.yaml:5:7: error: /,
    ));
  test('a file that is not there', () => refuse([join(folder.path, 'absent.yaml')], 125, /absent\.yaml/));
  test('two policies for one port', () => {
    const { file } = writeProbePolicy(folder, program);
    const other = folder.write(
      'other.yaml',
      readFileSync(file, 'utf8').replace(/service: .*/, 'service: other'),
    );
    return refuse([file, other], 125, /error: /);
  });
});

describe('what others could change', () => {
  test('a policy that others may write', () => {
    const { file } = writeProbePolicy(folder, program);
    chmodSync(file, 0o666);
    return refuse([file], 125, /error: .*probe-\d+\.yaml/);
  });

  test('a policy that belongs to somebody else', () => {
    const { file } = writeProbePolicy(folder, program);
    const other = freeUser();
    chownSync(file, other, other);
    return refuse([file], 125, /error: .*probe-\d+\.yaml/);
  });

  test('a directory of the policy that others may write', () => {
    mkdirSync(join(folder.path, 'shared'));
    chmodSync(join(folder.path, 'shared'), 0o777);
    const { file } = writeProbePolicy(folder, program);
    const inside = folder.write('shared/policy.yaml', readFileSync(file, 'utf8'));
    return refuse([inside], 125, /error: .*shared/);
  });

  test.each(['dist', 'dist/supervisor.cjs'])('the program itself: %s', (name) => {
    const spoiled = new Installed(folder, `spoiled-${name.replace('/', '-')}`);
    chmodSync(join(spoiled.path, '..', name), 0o777);
    const { file } = writeProbePolicy(folder, program);
    return refuse([file], 125, /root does not compile from what others can change/, { by: spoiled });
  });

  test.each([
    ['NODE_OPTIONS', '--no-warnings'],
    ['NODE_PATH', '/tmp'],
    ['LD_LIBRARY_PATH', '/tmp'],
    ['OPENSSL_CONF', '/dev/null'],
  ])('the environment: %s', (name, value) => {
    const { file } = writeProbePolicy(folder, program);
    return refuse([file], 125, new RegExp(`error: .*${name}`), { environment: { [name]: value } });
  });
});

describe('a limit of descriptors that is too low', () => {
  test.each([
    [
      40,
      /error: 64 sessions need 113 descriptors, but the hard limit of the launcher is 40 \[descriptors-too-few\]/,
    ],
    [150, /the hard limit of descriptors is 150, 1 services need 206/],
  ] as const)('%i', async (limit, message) => {
    const { file } = writeProbePolicy(folder, program);
    const running = launch([file], { prefix: ['sh', '-c', `ulimit -n ${limit}; exec "$@"`, 'sh'] });
    expect((await running.exited).code).toBe(125);
    expect(running.stderr).toMatch(message);
    expect(running.stderr).toContain('nothing was started');
    expect(running.events).toEqual([]);
  });
});

describe('what only the launch can find', () => {
  test('a port in use: a service before it in the list is not started either', async () => {
    const first = writeProbePolicy(folder, program);
    const second = writeProbePolicy(folder, program);
    const owner = createServer();
    await new Promise<void>((resolve) => owner.listen(second.port, '127.0.0.1', resolve));
    await refuse([first.file, second.file], 125, /bind\(.*EADDRINUSE .*:3\); another program listens there/);
    await expect(dial(first.port)).rejects.toThrow('ECONNREFUSED');
    owner.close();
  });

  test('an image that is damaged on its way to the gate', async () => {
    const spoiled = new Installed(folder, 'damaged');
    spoiled.wrapGate(
      'cp /proc/self/fd/6 "$gate.image"; printf damaged | dd of="$gate.image" bs=1 seek=3000 conv=notrunc 2>/dev/null; exec 6<"$gate.image"; exec "$gate"',
    );
    const { file } = writeProbePolicy(folder, program);
    await refuse([file], 125, /the gate refused its image: the image is damaged/, { by: spoiled });
    expect(processesOf(`${spoiled.gate}.real`)).toEqual([]);
  });

  test('a gate that is not for this machine', async () => {
    const spoiled = new Installed(folder, 'foreign');
    writeFileSync(spoiled.gate, 'not a program');
    const { file } = writeProbePolicy(folder, program);
    await refuse([file], 125, /the gate ended before it was ready/, { by: spoiled });
    copyFileSync(installed.gate, spoiled.gate);
  });
});
