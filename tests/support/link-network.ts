import { type ChildProcess, spawn } from 'node:child_process';

/**
 * A network namespace with the two ends of one link. Both have the address fe80::1, and the second has fe80::2 too. It lasts
 * until it is disposed of.
 */
export class LinkNetwork {
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  static async of(first: string, second: string): Promise<LinkNetwork> {
    const commands = [
      'ip link set lo up',
      `ip link add ${first} type veth peer name ${second}`,
      ...[first, second].flatMap((name) => [
        `ip link set ${name} addrgenmode none`,
        `ip link set ${name} up`,
        `ip -6 address add fe80::1/64 dev ${name} nodad`,
      ]),
      `ip -6 address add fe80::2/64 dev ${second} nodad`,
      'echo made',
      'exec cat',
    ];
    const holder = spawn('unshare', ['--net', 'sh', '-ec', commands.join('\n')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await new Promise((resolve, reject) => {
      holder.stdout.once('data', resolve);
      holder.once('close', () => reject(new Error('the network was not made')));
    });
    return new LinkNetwork(holder);
  }

  /** Puts a command into the network. */
  get prefix(): readonly string[] {
    return ['nsenter', '--net', `--target=${this.#holder.pid}`];
  }

  [Symbol.dispose](): void {
    this.#holder.stdin?.end();
  }
}
