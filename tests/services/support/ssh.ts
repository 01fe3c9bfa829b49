import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Launch, type LaunchOptions, launchReady } from '../../support/launch.ts';
import { shippedPolicy } from '../../support/policy-file.ts';
import { freePort } from '../../support/ports.ts';
import { setUp } from '../../support/set-up.ts';
import { TestFolder } from '../../support/test-folder.ts';

export interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ClientOptions {
  readonly user?: string;
  readonly host?: string;
  readonly key?: string;
  /** Options of ssh(1). */
  readonly options?: readonly string[];
  readonly input?: string | Buffer;
  readonly environment?: Readonly<Record<string, string>>;
}

const ROOTS = { 'dropbear.yaml': '/srv/ssh', 'dropbear-terminal.yaml': '/srv/dropbear-terminal' } as const;

/** The SSH server as its policy says how to set it up, with a key of alice, and Debian's clients for it. */
export class SshService implements AsyncDisposable {
  readonly folder: TestFolder = new TestFolder();
  readonly root: string = join(this.folder.path, 'ssh');
  readonly port: number = freePort();
  readonly policy: string;
  /** The private key of alice. */
  readonly key: string = this.makeKey('alice');
  #running: Launch | undefined;

  /** `name`: the policy that is shipped, with its root. */
  constructor(changes: Readonly<Record<string, string>> = {}, name: keyof typeof ROOTS = 'dropbear.yaml') {
    this.policy = shippedPolicy(this.folder, name, {
      '[::]:22': `[::]:${this.port}`,
      [ROOTS[name]]: this.root,
      ...changes,
    });
    setUp(this.policy);
    this.letIn('alice', this.key);
  }

  get running(): Launch {
    if (this.#running === undefined) throw new Error('call start() before a client');
    return this.#running;
  }

  /** Starts the service; until then the test may change its files. */
  async start(options: LaunchOptions = {}): Promise<this> {
    this.#running = await launchReady([this.policy], options);
    return this;
  }

  makeKey(name: string): string {
    const path = join(this.folder.path, `key-${name}`);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path]);
    return path;
  }

  /** Adds a public key to a user's. */
  letIn(user: string, key: string): void {
    const keys = join(this.root, 'home', user, '.ssh/authorized_keys');
    appendFileSync(keys, readFileSync(`${key}.pub`));
  }

  /** Does for another user what the head of the policy says for alice; the key that lets this user in. */
  addUser(name: string, uid: number): string {
    appendFileSync(join(this.root, 'etc/passwd'), `${name}:x:${uid}:${uid}::/home/${name}:/bin/sh\n`);
    execFileSync('install', ['-d', join(this.root, 'home', name, '.ssh')]);
    const owner = ['-o', `${uid}`, '-g', `${uid}`, '-m', '700'];
    execFileSync('install', ['-d', ...owner, join(this.root, 'files', name)]);
    const key = this.makeKey(name);
    this.letIn(name, key);
    return key;
  }

  /** Logs in with ssh and runs a command. */
  ssh(command: string, options: ClientOptions = {}): Promise<Answer> {
    const { user = 'alice', host = '127.0.0.1' } = options;
    return this.#client(['ssh', '-p', `${this.port}`], options, [`${user}@${host}`, command]);
  }

  /** What ssh brings while it is still there; the test ends it. */
  startSsh(command: string, options: ClientOptions = {}): ChildProcess {
    const { user = 'alice', host = '127.0.0.1' } = options;
    const args = ['-p', `${this.port}`, ...this.#options(options), `${user}@${host}`, command];
    return spawn('ssh', args, { stdio: ['pipe', 'pipe', 'ignore'] });
  }

  /** The command line that logs alice in. */
  command(...options: readonly string[]): readonly string[] {
    return ['ssh', '-p', `${this.port}`, ...this.#options({ options }), 'alice@127.0.0.1'];
  }

  /** Runs commands of sftp(1); one that begins with `-` may fail. */
  sftp(commands: readonly string[], options: ClientOptions = {}): Promise<Answer> {
    const { user = 'alice', host = '127.0.0.1' } = options;
    const args = ['sftp', '-q', '-b', '-', '-P', `${this.port}`];
    return this.#client(args, { ...options, input: `${commands.join('\n')}\n` }, [`${user}@${host}`]);
  }

  scp(from: string, to: string, options: ClientOptions = {}): Promise<Answer> {
    return this.#client(['scp', '-q', '-P', `${this.port}`], options, [from, to]);
  }

  #options({ key = this.key, options = [] }: ClientOptions): readonly string[] {
    const ours = [
      `IdentityFile=${key}`,
      'IdentitiesOnly=yes',
      'BatchMode=yes',
      'ConnectTimeout=20',
      'LogLevel=ERROR',
      'StrictHostKeyChecking=no',
      'UserKnownHostsFile=/dev/null',
    ];
    return ['-F', 'none', ...ours.flatMap((option) => ['-o', option]), ...options];
  }

  async #client(
    [program = '', ...first]: readonly string[],
    options: ClientOptions,
    last: readonly string[],
  ): Promise<Answer> {
    const environment = { PATH: process.env['PATH'], HOME: this.folder.path, ...options.environment };
    const client = spawn(program, [...first, ...this.#options(options), ...last], { env: environment });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    client.stdout.on('data', (bytes: Buffer) => stdout.push(bytes));
    client.stderr.on('data', (bytes: Buffer) => stderr.push(bytes));
    // A refused client has gone before it has read everything.
    client.stdin.on('error', () => undefined);
    client.stdin.end(options.input ?? '');
    const status = await new Promise<number | null>((resolve) => client.on('close', resolve));
    return { status, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running?.stop();
    this.folder[Symbol.dispose]();
  }
}
