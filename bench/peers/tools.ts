import { join } from 'node:path';
import type { BenchFolder } from '../folder.ts';
import { outputOf } from '../output.ts';
import { PORTCULLIS } from '../portcullis.ts';
import type { Command } from '../server.ts';

/** Round trips as the clients counted them. */
export interface Trips {
  readonly good: number;
  /** Answers of another peer, to another message, or changed. */
  readonly wrong: number;
  /** Answers of a session that has had a datagram of another peer. */
  readonly foreign: number;
  readonly lost: number;
  readonly peers: number;
  readonly p50_us: number;
}

/** The programs on both sides of a socket of datagrams. */
export class PeerTools {
  readonly forge: string;
  readonly #clients: string;
  readonly #folder: BenchFolder;
  readonly #signal: AbortSignal;
  readonly #program: string;

  /** `program`: the portcullis that builds the gate. */
  constructor(folder: BenchFolder, signal: AbortSignal, program: string = PORTCULLIS) {
    this.#folder = folder;
    this.#program = program;
    this.#signal = signal;
    folder.addProgram('peers', 'peers/service.c');
    this.#clients = folder.tool('clients', 'peers/clients.c');
    this.forge = folder.tool('forge', 'peers/forge.c');
  }

  /** The gate with a session for each peer, whose service gives so many long answers; 0: the same bytes. */
  gate(port: number, address: string, amplification: number, answers: number): Command {
    const words = {
      ADDRESS: address,
      PORT: port,
      ROOT: this.#folder.root,
      AMPLIFICATION: amplification,
      ANSWERS: answers,
    };
    const policy = this.#folder.fill('peers/service.yaml', words);
    return {
      command: [this.#folder.build(policy, this.#program)],
      stdout: `${this.#folder.path}/events-${port}`,
    };
  }

  /** The same service on the socket itself. */
  bare(port: number, answers: number): Command {
    return { command: [join(this.#folder.root, 'peers'), `${port}`, `${answers}`] };
  }

  /** Round trips of one peer. */
  trips(port: number, count: number): Promise<Trips> {
    return this.#ask(port, ['trips', count]);
  }

  /** So many peers interleaved for so long; each makes way for another one after its trips. */
  peers(port: number, peers: number, seconds: number, trips: number): Promise<Trips> {
    return this.#ask(port, ['peers', peers, seconds, trips]);
  }

  async #ask(port: number, words: readonly (string | number)[]): Promise<Trips> {
    const { status, text } = await outputOf(
      this.#clients,
      ['127.0.0.1', `${port}`, ...words.map(String)],
      this.#signal,
    );
    if (status !== 0) throw new Error(`the peers ended with status ${status}`);
    return JSON.parse(text) as Trips;
  }
}
