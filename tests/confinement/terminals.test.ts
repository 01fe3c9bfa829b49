import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, rmdirSync, symlinkSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dial } from '../support/dial.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import {
  BareService,
  buildProbes,
  buildService,
  OWN_GROUPS,
  PROBE_UID,
  type ProbedService,
  type ProbePolicy,
  serveBuiltProbes,
  serveProbes,
} from '../support/probe-program.ts';
import { TestFolder } from '../support/test-folder.ts';
import { freeUser } from '../support/users.ts';

const ORDINARY_UID = freeUser();
const TERMINALS: ProbePolicy = { lines: ['terminals: true'], rules: [...OWN_GROUPS, '@terminal'] };
/** What is not the filter's, by all that the kernel has. */
const ANY_CALL: ProbePolicy = { default: 'allow', rules: ['getpid'] };
const MADE = '/dev/pts/0, ended by signal 2';

const folder = new TestFolder();
const root = join(folder.path, 'root');
let program: string;
const services: Partial<Record<string, BareService | ProbedService>> = {};

function service(name: string): BareService | ProbedService {
  const started = services[name];
  if (started === undefined) throw new Error(`no service is called ${name}`);
  return started;
}

/** A root with the places of terminals, and the probes. */
function makeRoot(program: string): void {
  mkdirSync(join(root, 'bin'), { recursive: true });
  mkdirSync(join(root, 'dev/pts'), { recursive: true });
  copyFileSync(program, join(root, 'bin/probe'));
  symlinkSync('pts/ptmx', join(root, 'dev/ptmx'));
  for (const path of ['', 'bin', 'bin/probe', 'dev', 'dev/pts']) chmodSync(join(root, path), 0o755);
}

beforeAll(async () => {
  program = buildProbes(folder);
  makeRoot(program);
  const ordinary = ['terminals: true', `user: ${ORDINARY_UID}`, `group: ${ORDINARY_UID}`];
  const asOrdinary = { args: ['--unprivileged'], uid: ORDINARY_UID };
  const starting: readonly (readonly [string, Promise<BareService | ProbedService>])[] = [
    ['bare', BareService.start(program, PROBE_UID)],
    ['bareRoot', BareService.start(program, 0)],
    ['open', serveProbes(folder, program, ANY_CALL)],
    ['openTerminals', serveProbes(folder, program, { ...ANY_CALL, lines: ['terminals: true'] })],
    ['confined', serveProbes(folder, program, TERMINALS)],
    [
      'rooted',
      serveProbes(folder, program, {
        ...TERMINALS,
        run: '/bin/probe',
        lines: [`root: ${root}`, 'terminals: true'],
      }),
    ],
    ['built', serveBuiltProbes(folder, program, TERMINALS)],
    ['unprivileged', serveProbes(folder, program, { ...TERMINALS, lines: ordinary }, asOrdinary)],
  ];
  const settled = await Promise.allSettled(starting.map(([, started]) => started));
  for (const [index, [name]] of starting.entries()) {
    const one = settled[index];
    if (one?.status === 'fulfilled') services[name] = one.value;
  }
  const failed = settled.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
});
afterAll(async () => {
  for (const started of Object.values(services)) {
    if (started instanceof BareService) started[Symbol.dispose]();
    else await started?.[Symbol.asyncDispose]();
  }
  folder[Symbol.dispose]();
});

/** A session that has made a terminal and holds it. */
class Holder {
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#lines = createInterface(socket)[Symbol.asyncIterator]();
  }

  static async start(name: string): Promise<{ readonly holder: Holder; readonly number: number }> {
    const holder = new Holder(await dial(service(name).port));
    holder.#socket.write('terminal-hold\n');
    return { holder, number: Number((await holder.#line()).replace('/dev/pts/', '')) };
  }

  async #line(): Promise<string> {
    const { value } = await this.#lines.next();
    return String(value).replace('terminal-hold: ', '');
  }

  /** Says what was typed into the terminal, and ends the session. */
  async leave(): Promise<string> {
    this.#socket.write('\n');
    const said = await this.#line();
    this.#socket.destroy();
    return said;
  }
}

describe('a terminal that a session makes', () => {
  test('has a size and modes, and Ctrl-C reaches its job, unconfined', async () => {
    expect(await service('bare').attempt('terminal-make')).toMatch(/^\/dev\/pts\/\d+, ended by signal 2$/);
  });

  test('is not to be had without the key, whatever the filter allows', async () => {
    expect(await service('open').attempt('terminal-make')).toBe('EACCES');
  });

  test.each(['confined', 'built', 'unprivileged', 'openTerminals'])(
    'is the first of the service: %s',
    async (name) => {
      expect(await service(name).attempt('terminal-make')).toBe(MADE);
    },
  );

  test('has no name of its own in a root without /dev/tty', async () => {
    expect(await service('rooted').attempt('terminal-make')).toBe('/dev/pts/0, ended by signal 0');
  });
});

describe('a terminal of the host', () => {
  test('is not there for a service with terminals of its own', async () => {
    const { holder, number } = await Holder.start('bare');
    const request = `terminal-open ${number}`;
    expect(await service('bare').attempt(request)).toBe('done');
    expect(await service('open').attempt(request)).toBe('EACCES');
    for (const name of ['confined', 'rooted', 'built', 'openTerminals'])
      expect([name, await service(name).attempt(request)]).toEqual([name, 'ENOENT']);
    await holder.leave();
  });
});

describe('a terminal of another session', () => {
  test('takes what an unconfined root types into it', async () => {
    const { holder, number } = await Holder.start('bareRoot');
    expect(await service('bareRoot').attempt(`terminal-type ${number}`)).toBe('done\ndone');
    expect(await holder.leave()).toBe('1 typed');
  });

  test.each(['confined', 'built', 'unprivileged'])(
    'is shared, and nothing is typed into it: %s',
    async (name) => {
      const { holder, number } = await Holder.start(name);
      expect(await service(name).attempt(`terminal-open ${number}`)).toBe('done');
      expect(await service(name).attempt(`terminal-type ${number}`)).toBe('done, then SIGSYS');
      expect(await service(name).attempt(`terminal-paste ${number}`)).toBe('done, then SIGSYS');
      expect(await holder.leave()).toBe('0 typed');
    },
  );

  test('is not typed into even where the filter allows it, and the call is one that a terminal has', async () => {
    const { holder, number } = await Holder.start('openTerminals');
    expect(await service('openTerminals').attempt(`terminal-type ${number}`)).toMatch(/^done\n(EPERM|EIO)$/);
    expect(await service('openTerminals').attempt(`terminal-paste ${number}`)).toBe('done\nENOTTY');
    expect(await holder.leave()).toBe('0 typed');
  });
});

describe('the device that makes terminals', () => {
  const asRoot = ['user: root', 'reason: to see what it leaves behind', 'terminals: true'];

  test('is taken from those that come later by an unconfined root', () => {
    const mounts =
      'mount -t devpts -o newinstance,mode=0600,ptmxmode=0666 devpts /dev/pts && mount --bind /dev/pts/ptmx /dev/ptmx';
    const { stdout } = spawnSync('unshare', ['-m', 'sh', '-c', `${mounts} && exec "$0"`, program], {
      encoding: 'utf8',
      input: 'terminal-lock\n',
    });
    expect(stdout.replaceAll('terminal-lock: ', '').trim().split('\n')).toEqual(Array(6).fill('done'));
  });

  test('stays as it is when a service that runs as root changes its mode, and makes terminals', async () => {
    await using rootService = await serveProbes(folder, program, { ...ANY_CALL, lines: asRoot });
    const tried = ['done', 'EROFS', 'EROFS'];
    expect((await rootService.attempt('terminal-lock')).split('\n')).toEqual([...tried, ...tried]);
    expect(await rootService.attempt('terminal-make')).toBe(MADE);
  });
});

test('a place of the terminals that is gone ends the launch, with the step and the line', async () => {
  const policy = { ...TERMINALS, run: '/bin/probe', lines: [`root: ${root}`, 'terminals: true'] };
  const { executable } = await buildService(folder, join(root, 'bin/probe'), policy);
  await (service('rooted') as ProbedService)[Symbol.asyncDispose]();
  delete services['rooted'];
  rmdirSync(join(root, 'dev/pts'));
  const { status, stderr } = spawnSync(executable, { encoding: 'utf8', timeout: PATIENCE_MS });
  expect(status).not.toBe(0);
  expect(stderr).toContain('not started: mount answered ENOENT');
  expect(stderr).toMatch(/mount\("devpts", "\/dev\/pts", "devpts", MS_NOSUID\|MS_NOEXEC[\s\S]*\.yaml:8\]/);
});
