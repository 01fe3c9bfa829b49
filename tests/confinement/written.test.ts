import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launch } from '../support/launch.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { NODE, PROGRAM, portcullis } from '../support/portcullis.ts';
import {
  BareService,
  buildProbes,
  PROBE_UID,
  type ProbedService,
  type ProbePolicy,
  serveBuiltProbes,
  serveProbes,
  writeProbePolicy,
} from '../support/probe-program.ts';
import { TestFolder } from '../support/test-folder.ts';
import { ORDINARY_UID } from './support/ground.ts';

/** Every call is allowed, and other programs too: what stops an attack is where the file lies. */
const OPEN: ProbePolicy = { default: 'allow', rules: ['getpid'] };
const COMMON: readonly string[] = ['exec: allow', 'rlimits: { fsize: 64MiB }'];
const AS_ORDINARY: readonly string[] = [`user: ${ORDINARY_UID}`, `group: ${ORDINARY_UID}`];
const SETPRIV = `setpriv --reuid=${ORDINARY_UID} --regid=${ORDINARY_UID} --clear-groups`;

let folder: TestFolder;
let program: string;
let places: Readonly<Record<Place, { attempt(request: string): Promise<string> }>>;
const started: (BareService | ProbedService)[] = [];

type Place = 'bare' | 'runs' | 'served' | 'built' | 'unprivileged' | 'wrapped';

/** Mounts of a host of its own, in which a command then runs: one that allows everything, below what is writable. */
function onHost(more = '', before = ''): readonly string[] {
  const mounts = `mount -t tmpfs -o mode=1777,exec,suid,dev none ${program}-writable/mounted`;
  const script = `set -e; ${mounts}; mknod -m 666 ${program}-writable/mounted/device c 1 3; ${more} exec ${before} "$@"`;
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh'];
}

/** Lets a service write below two directories, and run what it writes below the second, or below both. */
function writing(key: 'writable' | 'write-and-run'): readonly string[] {
  const [first, second] = [`${program}-writable`, `${program}-runs`];
  return key === 'writable'
    ? [...COMMON, `writable: [${first}]`, `write-and-run: [${second}]`]
    : [...COMMON, `write-and-run: [${first}, ${second}]`];
}

beforeAll(async () => {
  folder = new TestFolder();
  program = buildProbes(folder);
  for (const name of ['writable', 'writable/mounted', 'runs']) {
    mkdirSync(`${program}-${name}`, { recursive: true });
    chmodSync(`${program}-${name}`, 0o777);
  }
  const bare = await BareService.start(program, PROBE_UID, onHost());
  started.push(bare);
  const serve = async (service: Promise<ProbedService>): Promise<ProbedService> => {
    started.push(await service);
    return service;
  };
  const defended = { ...OPEN, lines: writing('writable') };
  const ordinary = { ...OPEN, lines: [...writing('writable'), ...AS_ORDINARY] };
  places = {
    bare,
    runs: await serve(
      serveProbes(folder, program, { ...OPEN, lines: writing('write-and-run') }, { prefix: onHost() }),
    ),
    served: await serve(serveProbes(folder, program, defended, { prefix: onHost() })),
    built: await serve(serveBuiltProbes(folder, program, defended, { prefix: onHost() })),
    unprivileged: await serve(
      serveProbes(folder, program, ordinary, { prefix: onHost('', SETPRIV), args: ['--unprivileged'] }),
    ),
    wrapped: { attempt: async (request) => wrapped(request) },
  };
});
afterAll(async () => {
  for (const service of started) {
    if (service instanceof BareService) service[Symbol.dispose]();
    else await service[Symbol.asyncDispose]();
  }
  folder[Symbol.dispose]();
});

/** A wrapped probe that reads its request from a pipe; `shell`: redirections before it. */
function wrapped(request: string, shell = ''): string {
  const text = [
    'portcullis: 1',
    'service: wrapped',
    `run: [${program}]`,
    `user: ${PROBE_UID}`,
    `group: ${PROBE_UID}`,
    ...writing('writable'),
    'seccomp: { default: allow, rules: [getpid] }',
  ];
  const file = folder.write('wrapped.yaml', `${text.join('\n')}\n`);
  const [command = '', ...rest] = [...onHost(shell), NODE, PROGRAM, 'run', file];
  const { stdout } = spawnSync(command, rest, {
    input: `${request}\n`,
    env: { PATH: process.env['PATH'] },
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
  return stdout.replaceAll(/^[a-z-]+: /gm, '').trimEnd();
}

/** A directory, and one on which a filesystem of its own is mounted. */
const WRITTEN: readonly string[] = ['writable', 'writable/mounted'];
const RUNS = `a second program runs, effective uid ${PROBE_UID}`;

describe.each(WRITTEN)('a file that a session has written below %s', (place) => {
  test.each([
    ['map', 'done', 'EPERM'],
    ['share', 'done', 'EPERM'],
    ['protect', 'done', 'EACCES'],
    ['execute', RUNS, 'EACCES'],
    ['descriptor', RUNS, 'EACCES'],
    ['directory', RUNS, 'EACCES'],
    ['link', RUNS, 'EACCES'],
    ['root', RUNS, 'EACCES'],
    ['temporary', RUNS, 'EACCES'],
  ])('is no code: %s', async (way, undefended, defended) => {
    const answers: Partial<Record<Place, string>> = {};
    for (const name of Object.keys(places) as Place[])
      answers[name] = await places[name].attempt(`written ${way} ${place}`);
    expect(answers).toEqual({
      bare: undefended,
      runs: undefended,
      served: defended,
      built: defended,
      unprivileged: defended,
      wrapped: defended,
    });
  });

  test('lies on a mount without programs, set-user-ID bits and devices', async () => {
    const answers: Partial<Record<Place, string>> = {};
    for (const name of Object.keys(places) as Place[])
      answers[name] = await places[name].attempt(`written mount ${place}`);
    const { bare, ...others } = answers;
    if (place === 'writable/mounted') expect(bare).toBe('exec suid dev');
    const confined = 'noexec nosuid nodev';
    expect(others).toEqual({
      runs: 'exec nosuid nodev',
      served: confined,
      built: confined,
      unprivileged: confined,
      wrapped: confined,
    });
  });
});

describe('between a directory where files run and one where they do not', () => {
  test.each(['rename', 'hard-link'])('nothing moves: %s', async (way) => {
    const request = `written ${way} writable`;
    expect(await places.bare.attempt(request)).toBe(RUNS);
    for (const name of ['runs', 'served', 'built', 'unprivileged', 'wrapped'] as const)
      expect(await places[name].attempt(request), name).toBe('EXDEV');
  });
});

test('a device that root has made below a directory is not opened', async () => {
  expect(await places.bare.attempt('written device writable/mounted')).toBe('done');
  for (const name of ['runs', 'served', 'built', 'unprivileged', 'wrapped'] as const)
    expect(await places[name].attempt('written device writable/mounted'), name).toBe('EACCES');
});

describe('a directory that is also elsewhere', () => {
  test('is refused, as long as files run there', async () => {
    const { file } = writeProbePolicy(folder, program, { ...OPEN, lines: writing('writable') });
    const bind = `mount --bind ${program}-writable ${program}-own/directory;`;
    const running = launch([file], { prefix: onHost(bind) });
    expect((await running.exited).code).toBe(125);
    expect(running.stderr).toContain(
      `files that the service writes below '${program}-writable' are also at ${program}-own/directory, where they can be executed`,
    );
    expect(running.stderr).toContain(`mount -o remount,bind,noexec ${program}-own/directory`);
    const remounted = `${bind} mount -o remount,bind,noexec ${program}-own/directory;`;
    await using service = await serveProbes(
      folder,
      program,
      { ...OPEN, lines: writing('writable') },
      { prefix: onHost(remounted) },
    );
    expect(await service.attempt('written execute writable')).toBe('EACCES');
    expect(await service.attempt('written execute own/directory')).toBe('EACCES');
  });
});

describe('a file that another service has written', () => {
  test('is code there, unless the host mounts it without programs or the service may write there too', async () => {
    const other = [...COMMON, ...AS_ORDINARY];
    const directory = `${program}-writable`;
    const noexec = `mount --bind ${directory} ${directory}; mount -o remount,bind,noexec ${directory};`;
    const prefix = [
      'unshare',
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      `set -e; ${noexec} exec "$@"`,
      'sh',
    ];
    await using writer = await serveProbes(folder, program, { ...OPEN, lines: writing('writable') });
    await using reader = await serveProbes(folder, program, { ...OPEN, lines: other });
    await using onNoexec = await serveProbes(folder, program, { ...OPEN, lines: other }, { prefix });
    const shared = [...other, `writable: [${directory}]`];
    await using sharing = await serveProbes(folder, program, { ...OPEN, lines: shared });
    const answers = async (service: ProbedService): Promise<readonly string[]> => {
      const found: string[] = [];
      for (const way of ['found-map', 'found-execute']) {
        expect(await writer.attempt('written leave writable')).toBe('done');
        found.push(await service.attempt(`written ${way} writable`));
      }
      return found;
    };
    expect(await answers(writer)).toEqual(['EPERM', 'EACCES']);
    expect(await answers(reader)).toEqual(['done', `a second program runs, effective uid ${ORDINARY_UID}`]);
    expect(await answers(onNoexec)).toEqual(['EPERM', 'EACCES']);
    expect(await answers(sharing)).toEqual(['EPERM', 'EACCES']);
  });
});

describe('a directory behind a symbolic link', () => {
  test('is the one that it led to when the plan was compiled, else nothing starts', async () => {
    const [link, target] = [`${folder.path}/link`, `${folder.path}/target`];
    mkdirSync(target);
    symlinkSync(target, link);
    const { file } = writeProbePolicy(folder, program, {
      ...OPEN,
      lines: [...COMMON, `writable: [${link}]`],
    });
    const { stdout } = await portcullis(['plan', file]);
    expect(stdout).toContain(`openat2(AT_FDCWD, "${target}", `);
    const executable = `${file}.built`;
    expect((await portcullis(['build', file, '-o', executable])).code).toBe(0);
    renameSync(target, `${target}-before`);
    symlinkSync('/etc', target);
    const { status, stderr } = spawnSync(executable, { encoding: 'utf8', timeout: PATIENCE_MS });
    expect(status).toBe(125);
    expect(stderr).toContain('openat2 answered ELOOP');
  });
});

describe('a chroot that is no mount, where the host would see what is mounted', () => {
  /** Below a directory, the paths of this host that a command needs; the directory itself is no mount. */
  function inChroot(root: string, paths: readonly string[], command: readonly string[]) {
    const bind = 'for path; do mkdir -p "$root$path"; mount --rbind "$path" "$root$path"; done';
    const script = `root=$1; shift; ${bind}; exec chroot "$root" ${command.join(' ')}`;
    const args = ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', root, ...paths];
    return spawnSync('unshare', args, {
      encoding: 'utf8',
      timeout: PATIENCE_MS,
      env: { PATH: process.env['PATH'] },
    });
  }

  function policy(name: string, line: string): string {
    const lines = ['portcullis: 1', `service: ${name}`, `run: [${program}, again]`, line];
    const text = [
      ...lines,
      `user: ${PROBE_UID}`,
      `group: ${PROBE_UID}`,
      'seccomp: { default: allow, rules: [getpid] }',
    ];
    return folder.write(`${name}.yaml`, `${text.join('\n')}\n`);
  }

  test('starts no service that may write', async () => {
    const root = `${folder.path}/root`;
    for (const [name, line] of [
      ['reads', 'writable: [/dev/null]'],
      ['writes', `writable: [${program}-writable]`],
    ] as const) {
      const executable = `${folder.path}/${name}`;
      expect((await portcullis(['build', policy(name, line), '-o', executable])).code).toBe(0);
      const { status, stdout, stderr } = inChroot(root, ['/proc', '/dev', folder.path], [executable]);
      const refused = { status: 125, stdout: '', stderr: expect.stringContaining('mount answered EINVAL') };
      expect({ status, stdout, stderr }).toEqual(
        name === 'writes' ? refused : { status: 0, stdout: `${RUNS}\n`, stderr: '' },
      );
    }
  });

  test('is named before anything starts', () => {
    const file = policy('named', `writable: [${program}-writable]`);
    const host = ['/bin', '/lib', '/lib64', '/usr', '/etc', '/proc', '/dev'].filter((path) =>
      existsSync(path),
    );
    const own = [dirname(NODE), dirname(dirname(PROGRAM)), folder.path];
    const { stdout, stderr } = inChroot(
      `${folder.path}/whole`,
      [...host, ...own],
      [NODE, PROGRAM, 'check', file],
    );
    expect(stdout + stderr).toContain('portcullis cannot mount in a chroot that is no mount');
  });
});
