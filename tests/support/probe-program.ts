import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import { signalName } from '../../src/supervisor/event-text.ts';
import { dial } from './dial.ts';
import { Launch, type LaunchOptions, launchReady } from './launch.ts';
import { portcullis } from './portcullis.ts';
import { freePort } from './ports.ts';
import type { TestFolder } from './test-folder.ts';
import { freeUser } from './users.ts';

/** The user of the probes of one test file. */
export const PROBE_UID: number = freeUser();

/**
 * Puts the probes into the folder, with a set-user-ID copy and one with a capability, a file of root's group, and
 * directories that the service's user owns.
 */
export function buildProbes(folder: TestFolder, owner: number = PROBE_UID): string {
  const program = join(folder.path, 'probe');
  copyFileSync(inject('compiledProbes'), program);
  copyFileSync(program, `${program}-setuid`);
  chmodSync(`${program}-setuid`, 0o4755);
  copyFileSync(program, `${program}-capable`);
  chmodSync(`${program}-capable`, 0o755);
  execFileSync('setcap', ['cap_net_raw=ep', `${program}-capable`]);
  writeFileSync(`${program}-of-group`, 'secret', { mode: 0o640 });
  mkdirSync(`${program}-writable`);
  mkdirSync(`${program}-own/directory`, { recursive: true });
  writeFileSync(`${program}-own/file`, 'mine');
  for (const own of ['-writable', '-own', '-own/directory', '-own/file'])
    chownSync(`${program}${own}`, owner, owner);
  return program;
}

/** What a connection to a service brought: what it said, and how it ended. */
export type Answer = string;

/** Sends one request and reads to the end; the probe's name in front of each line is left out. */
export async function ask(
  port: number,
  request: string,
): Promise<{ readonly text: string; readonly from: number }> {
  const socket = await dial(port);
  const from = socket.localPort ?? 0;
  let text = '';
  socket.setEncoding('utf8').on('data', (bytes: string) => {
    text += bytes;
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(`${request}\n`);
  await closed;
  return { text: text.replaceAll(/^[a-z0-9-]+: /gm, '').trimEnd(), from };
}

/** A service that runs the probes in sessions. */
export class ProbedService {
  readonly launch: Launch;
  readonly port: number;

  constructor(launch: Launch, port: number) {
    this.launch = launch;
    this.port = port;
  }

  /** What the probe said, or the signal that ended it; both when it said something first. */
  async attempt(request: string): Promise<Answer> {
    const earlier = new Set(this.launch.events);
    const { text, from } = await ask(this.port, request);
    // An earlier client may have had the same port.
    const start = await this.launch.waitFor(
      (event) => event.event === 'start' && event['port'] === from && !earlier.has(event),
    );
    const end = await this.launch.waitFor(
      ({ event, session }) => event === 'end' && session === start['session'],
    );
    return [text, this.#signalOf(end)].filter((part) => part !== '').join(', then ');
  }

  /** Of a denied call SIGSYS, whether the kernel ended the session by it or the gate in its place. */
  #signalOf({ session, signal }: Readonly<Record<string, unknown>>): string {
    if (signal === undefined) return '';
    const denied = this.launch.events.some(
      (event) => event.event === 'denied' && event['session'] === session,
    );
    // An executable of its own has the number alone.
    return denied && signal === constants.signals.SIGKILL ? 'SIGSYS' : signalName(Number(signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.launch.stop();
  }
}

/**
 * Every group of our own that a service with connections may use: the widest that needs no word of warning. `@lookups` would
 * only take from it.
 */
export const OWN_GROUPS: readonly string[] = [
  '@start',
  '@stdio',
  '@events',
  '@read-files',
  '@open-files',
  '@write-files',
  '@socket',
  '@fork',
  '@threads',
  '@identity',
  '@self',
  '@change-user',
  '@time',
  '@signal-self',
];

export interface ProbePolicy {
  /** Lines of the policy beside service, listen, run and seccomp. */
  readonly lines?: readonly string[];
  /** `undefined`: every group of our own. */
  readonly rules?: readonly string[];
  readonly default?: string;
  readonly kernel?: string;
  readonly report?: string;
  /** `tcp` when absent. */
  readonly scheme?: string;
  /** Where it listens, 127.0.0.1 when absent. */
  readonly host?: string;
  /** Options of the listener, as a policy has them: `nodelay: true`. */
  readonly options?: string;
  readonly run?: string;
}

/** Writes a policy that serves the probes on a port of its own. */
export function writeProbePolicy(
  folder: TestFolder,
  program: string,
  policy: ProbePolicy = {},
): { readonly file: string; readonly port: number } {
  const port = freePort();
  const address = `${policy.scheme ?? 'tcp'}://${policy.host ?? '127.0.0.1'}:${port}`;
  const lines = policy.lines ?? [];
  const user = lines.some((line) => line.startsWith('user:'))
    ? []
    : [`user: ${PROBE_UID}`, `group: ${PROBE_UID}`];
  const text = [
    'portcullis: 1',
    `service: probe-${port}`,
    `listen: ${policy.options === undefined ? address : `{ address: "${address}", ${policy.options} }`}`,
    `run: [${policy.run ?? program}]`,
    ...user,
    ...lines,
    'seccomp:',
    `  default: ${policy.default ?? 'kill_process'}`,
    ...(policy.kernel === undefined ? [] : [`  kernel: "${policy.kernel}"`]),
    ...(policy.report === undefined ? [] : [`  report: ${policy.report}`]),
    `  rules: ${JSON.stringify(policy.rules ?? OWN_GROUPS)}`,
  ];
  return { file: folder.write(`probe-${port}.yaml`, `${text.join('\n')}\n`), port };
}

/** Serves the probes under a policy. */
export async function serveProbes(
  folder: TestFolder,
  program: string,
  policy: ProbePolicy = {},
  options: LaunchOptions = {},
): Promise<ProbedService> {
  const { file, port } = writeProbePolicy(folder, program, policy);
  return new ProbedService(await launchReady([file], options), port);
}

/** Builds an executable that serves the probes under a policy. */
export async function buildService(
  folder: TestFolder,
  program: string,
  policy: ProbePolicy = {},
  args: readonly string[] = [],
): Promise<{ readonly executable: string; readonly port: number }> {
  const { file, port } = writeProbePolicy(folder, program, policy);
  const executable = file.replace(/\.yaml$/, '');
  const { code, stderr } = await portcullis(['build', ...args, file, '-o', executable]);
  if (code !== 0) throw new Error(stderr);
  return { executable, port };
}

/** Serves the probes by an executable of its own; a command may stand in front of it. */
export async function serveBuiltProbes(
  folder: TestFolder,
  program: string,
  policy: ProbePolicy = {},
  options: Pick<LaunchOptions, 'prefix' | 'args'> = {},
): Promise<ProbedService> {
  const { executable, port } = await buildService(folder, program, policy, options.args);
  const [first = '', ...rest] = [...(options.prefix ?? []), executable];
  const running = new Launch(spawn(first, rest, { stdio: ['ignore', 'pipe', 'pipe'] }));
  try {
    await running.waitFor(({ event }) => event === 'ready');
  } catch (error) {
    await running.stop();
    throw error;
  }
  return new ProbedService(running, port);
}

/** The probes behind an inetd of the old kind, which only starts them as a user: what nothing confines. */
export class BareService {
  readonly port: number;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, port: number) {
    this.#process = process;
    this.port = port;
  }

  /** User 0 stays root; a command may stand in front. */
  static async start(program: string, user: number, prefix: readonly string[] = []): Promise<BareService> {
    const port = freePort();
    const [first = '', ...rest] = [...prefix, program, 'serve', String(port), String(user)];
    const process = spawn(first, rest, {
      stdio: ['ignore', 'pipe', 'ignore'],
      cwd: dirname(program),
      env: {},
    });
    await new Promise((resolve) => process.stdout.once('data', resolve));
    return new BareService(process, port);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  async attempt(request: string): Promise<Answer> {
    return (await ask(this.port, request)).text;
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL');
  }
}
