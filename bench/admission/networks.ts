import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { outputOf } from '../output.ts';

/** The server's address, and its clients': every address of the network is theirs. */
export const SERVER_ADDRESS = '198.51.100.1';
const CLIENT_ADDRESS = '198.51.100.2';
export const CLIENT_NETWORK = '198.18.0.0/15';

/** Counters of a namespace: `OutSegs` and the like. Source: proc_pid_net(5), `/proc/net/snmp`. */
export type Counters = Readonly<Record<string, number>>;

/** A process that does nothing but hold a network namespace. */
class Holder implements Disposable {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  static async start(): Promise<Holder> {
    const process = spawn('unshare', ['--net', 'sh', '-c', 'echo; exec cat >/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve, reject) => {
      process.once('error', reject).once('exit', () => reject(new Error('no network namespace was made')));
      process.stdout.once('data', () => resolve());
    });
    return new Holder(process);
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('a namespace has no process');
    return this.#process.pid;
  }

  get entrance(): readonly string[] {
    return ['nsenter', '--net', `--target=${this.pid}`];
  }

  run(...commands: readonly string[]): void {
    const [program = '', ...words] = [...this.entrance, 'sh', '-ec', commands.join('\n')];
    execFileSync(program, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  }

  [Symbol.dispose](): void {
    this.#process.kill();
  }
}

/** Two network namespaces, one of a server and one of clients that have many addresses, with a cable between them. */
export class Networks implements Disposable {
  readonly #server: Holder;
  readonly #clients: Holder;

  private constructor(server: Holder, clients: Holder) {
    this.#server = server;
    this.#clients = clients;
  }

  static async open(): Promise<Networks> {
    const networks = new Networks(await Holder.start(), await Holder.start());
    networks.#connect();
    return networks;
  }

  #connect(): void {
    this.#server.run(
      'ip link set lo up',
      `ip link add outside type veth peer name inside netns ${this.#clients.pid}`,
      `ip address add ${SERVER_ADDRESS}/24 dev outside`,
      'ip link set outside up',
      `ip route add ${CLIENT_NETWORK} via ${CLIENT_ADDRESS}`,
    );
    this.#clients.run(
      'ip link set lo up',
      `ip address add ${CLIENT_ADDRESS}/24 dev inside`,
      'ip link set inside up',
      `ip route add local ${CLIENT_NETWORK} dev lo`,
    );
  }

  /** Puts a command into the namespace of the server. */
  get server(): readonly string[] {
    return this.#server.entrance;
  }

  /** The TCP counters of the server's side, and of the clients'. */
  counters(side: 'server' | 'clients'): Counters {
    const { pid } = side === 'server' ? this.#server : this.#clients;
    const lines = readFileSync(`/proc/${pid}/net/snmp`, 'utf8').split('\n');
    const [names = '', numbers = ''] = lines.filter((line) => line.startsWith('Tcp:'));
    const values = numbers.split(' ');
    return Object.fromEntries(names.split(' ').map((name, index) => [name, Number(values[index])]));
  }

  /** Runs a program on the side of the clients; returns what it prints. */
  async asClients(command: readonly string[], signal: AbortSignal): Promise<string> {
    const [program = '', ...words] = [...this.#clients.entrance, ...command];
    const { status, text } = await outputOf(program, words, signal);
    if (status !== 0) throw new Error(`${command[0]} ended with status ${status}`);
    return text;
  }

  [Symbol.dispose](): void {
    this.#server[Symbol.dispose]();
    this.#clients[Symbol.dispose]();
  }
}
