/** The places of one service: what it reads and writes, and where it is spoken to. */
export interface Place {
  /** A directory of its own, which belongs to its user. */
  readonly data: string;
  readonly port: number;
  /** Finds a program that a package brought, installed or only unpacked. */
  readonly path: (path: string) => string;
}

/** A line of a client, once the service has said something. */
export interface Saying {
  readonly after?: RegExp;
  readonly say: string;
  /** The client has nothing more to say, and shows it. */
  readonly end?: true;
}

/** A client, and the answer by which it is served. */
export type Client =
  | { readonly kind: 'dialogue'; readonly sayings: readonly Saying[]; readonly answer: RegExp }
  | {
      readonly kind: 'program';
      readonly command: (place: Place) => readonly string[];
      readonly environment?: (place: Place) => Readonly<Record<string, string>>;
      readonly answer: RegExp;
    };

/** A service of Debian that no policy is shipped for, as its new user starts it. */
export interface RoundsService {
  readonly name: string;
  /** Packages with its program and its client. */
  readonly packages: readonly string[];
  /** Packages that conflict with others or would start a daemon, so that they are only unpacked. */
  readonly unpacked?: readonly string[];
  /** The files by which all of these are found to be there. */
  readonly needs: readonly string[];
  /** A user that has an entry; else it is a number without one. */
  readonly user?: string;
  /** The flags that its manual page asks for, beside the address and the user. */
  readonly flags?: (place: Place) => readonly string[];
  readonly prepare?: (place: Place) => void;
  readonly command: (place: Place) => readonly string[];
  readonly client: Client;
}

/** A client that speaks for itself. */
export function dialogue(answer: RegExp, ...sayings: readonly Saying[]): Client {
  return { kind: 'dialogue', sayings, answer };
}

/** A client that is a program of its own. */
export function client(
  answer: RegExp,
  command: (place: Place) => readonly string[],
  environment?: (place: Place) => Readonly<Record<string, string>>,
): Client {
  return { kind: 'program', command, answer, ...(environment === undefined ? {} : { environment }) };
}

/** The flags of a service that keeps files: it may write none without them. */
export function stores(directory: string): readonly string[] {
  return ['--writable', directory, '--rlimit', 'fsize=64MiB'];
}
