import type { Span } from './diagnostic.ts';
import type { IpAddress } from './ip-address.ts';
import type { PolicyValues } from './keys/registry.ts';
import type { SeccompPolicy } from './seccomp-policy.ts';

/** A socket to listen on. Every use is a `switch` over the kind, so that a new kind is a type error wherever it counts. */
export type ListenAddress = TcpAddress | UdpAddress | UnixAddress;

/** A port of an address, of either protocol. */
export type PortAddress = TcpAddress | UdpAddress;

export interface TcpAddress extends Port {
  readonly kind: 'tcp';
}

/** A socket that takes datagrams: nobody connects to it. */
export interface UdpAddress extends Port {
  readonly kind: 'udp';
}

interface Port {
  /** As written in the policy: `tcp://[::]:79`, `udp://[::]:69`. */
  readonly text: string;
  readonly family: 'inet' | 'inet6';
  /** Numeric address without brackets: `0.0.0.0`, `::1`. */
  readonly address: string;
  /** The interface of an address that each link has: `eth0` in `[fe80::1%eth0]`. Absent: the address has none. */
  readonly scope?: string;
  readonly port: number;
  /** `tcp://[::]:79` takes IPv4 peers as well; `tcp6://` does not. The same holds for UDP. */
  readonly dualStack: boolean;
  /** Absent: it has none. */
  readonly options?: PortOptions;
  /** The name under which the starter passes the socket; absent: the launch makes it. */
  readonly inherit?: string;
}

/** Options of a listener, which connections inherit. What is absent is the kernel's default. */
export interface PortOptions {
  /** The interface whose peers alone reach it. */
  readonly device?: string;
  /** Connections that wait to be accepted. */
  readonly backlog?: number;
  readonly keepalive?: Keepalive;
  readonly nodelay?: true;
  /** A connection is accepted when its first bytes have come, or after so many seconds. */
  readonly deferAcceptS?: number;
  /** In bytes, without the kernel's own records. */
  readonly receiveBuffer?: number;
  readonly sendBuffer?: number;
}

/** Questions to a peer that says nothing. */
export interface Keepalive {
  readonly idleS?: number;
  readonly intervalS?: number;
  readonly count?: number;
}

export interface UnixAddress {
  readonly kind: 'unix';
  /** As written in the policy: `unix:/run/echo/socket`, `unix:@echo`. */
  readonly text: string;
  /** `dgram` takes datagrams: nobody connects to it. */
  readonly type: 'stream' | 'seqpacket' | 'dgram';
  readonly place: UnixPath | AbstractName;
  /** A session may receive descriptors that its peer sends. */
  readonly receivesDescriptors: boolean;
  /** The name under which the starter passes the socket; absent: the launch makes it. */
  readonly inherit?: string;
}

export interface UnixPath {
  readonly kind: 'path';
  readonly path: string;
  /** `undefined`: the user that starts the service. */
  readonly owner: string | number | undefined;
  readonly group: string | number | undefined;
  readonly mode: number;
}

/** A name that is no file: every user of the network namespace may connect to it. */
export interface AbstractName {
  readonly kind: 'abstract';
  /** Without the `@`. */
  readonly name: string;
}

/**
 * An entry of an access list. Every use is a `switch` over the kind, so that a new kind is a type error wherever it
 * counts.
 */
export type AccessEntry = AccessPrefix | AccessAccount;

/** A user or a group of the host, which connects to a UNIX socket. */
export interface AccessAccount {
  readonly kind: 'user' | 'group';
  /** As written in the policy: `uid:1000`, `group:www-data`. */
  readonly text: string;
  readonly account: string | number;
}

/** All addresses that begin with these bits. */
export interface AccessPrefix extends IpAddress {
  readonly kind: 'prefix';
  /** As written in the policy: `192.0.2.0/24`. */
  readonly text: string;
  /** The number of bits that count, from the first on; the others are 0. */
  readonly bits: number;
}

type CamelCase<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;

/** A session of a service that listens is given one of these. */
export type PolicyHandoff = PolicyValues['handoff'];

type Converted = 'portcullis' | 'listen' | 'run' | 'seccomp';

/** The keys whose values are those of the schema: `listenFds` for `listen-fds`. */
export type PlainValues = {
  readonly [Key in Exclude<keyof PolicyValues, Converted> as CamelCase<Key>]: PolicyValues[Key];
};

/** One service, complete: every default is filled in, and the host has not been asked yet. `src/policy/keys` has each key. */
export interface Policy extends PlainValues {
  /** The file it was read from, as named by the user. */
  readonly file: string;
  /** Empty for a program that is wrapped. */
  readonly listen: readonly ListenAddress[];
  /** The program, inside `root`, and its arguments. */
  readonly run: readonly [string, ...string[]];
  readonly seccomp: SeccompPolicy;
  /** The place of each key, by path: `user`, `listen.0`, `rlimits.nofile`, `seccomp.rules.3`. Absent: a default. */
  readonly spans: ReadonlyMap<string, Span>;
}
