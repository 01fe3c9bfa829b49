import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestFolder } from '../../support/test-folder.ts';

const SOURCE = new URL('peers.c', import.meta.url).pathname;

/** Commands of a new network namespace: every address that a host can have is its own. */
export const OWN_ADDRESSES: readonly string[] = [
  'ip link set lo up',
  ...['0.0.0.0/1', '128.0.0.0/2', '192.0.0.0/3'].map((prefix) => `ip route add local ${prefix} dev lo`),
  'ip -6 route add local ::/0 dev lo',
  'echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind',
];

/** Puts a command into such a namespace. */
export function inOwnNetwork(...before: readonly string[]): readonly string[] {
  return ['unshare', '--net', 'sh', '-ec', [...OWN_ADDRESSES, ...before, 'exec "$@"'].join('\n'), 'sh'];
}

export function buildPeers(folder: TestFolder): string {
  const program = join(folder.path, 'peers');
  execFileSync('cc', [
    '-std=gnu17',
    '-O1',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-D_GNU_SOURCE',
    '-o',
    program,
    SOURCE,
  ]);
  return program;
}

/** The program that is a peer of any address. */
export class Peers {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  /** `prefix`: leads into the namespace. */
  constructor(program: string, prefix: readonly string[]) {
    const [first = '', ...rest] = [...prefix, program];
    this.#process = spawn(first, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.#process.stdout === null) throw new Error('the peers answer nothing');
    this.#answers = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  /** Leads into the namespace of the peers, once they have answered. */
  get network(): readonly string[] {
    return ['nsenter', '--net', `--target=${this.#process.pid}`];
  }

  async ask(...lines: readonly string[]): Promise<readonly string[]> {
    this.#process.stdin?.write(lines.map((line) => `${line}\n`).join(''));
    const answers: string[] = [];
    while (answers.length < lines.length) {
      const { value, done } = await this.#answers.next();
      if (done === true) throw new Error(`the peers have ended, after ${answers.length} answers`);
      answers.push(String(value));
    }
    return answers;
  }

  [Symbol.dispose](): void {
    this.#process.stdin?.end();
  }
}
