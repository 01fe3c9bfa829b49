import type { CapabilityName } from '../kernel/capabilities.ts';
import type { Rlimit, RlimitName } from '../kernel/rlimits.ts';
import type { Span } from './diagnostic.ts';
import type { SeccompPolicy } from './seccomp-policy.ts';

/** A TCP socket to listen on. */
export interface ListenAddress {
  /** As written in the policy: `tcp://[::]:79`. */
  readonly text: string;
  readonly family: 'inet' | 'inet6';
  /** Numeric address without brackets: `0.0.0.0`, `::1`. */
  readonly address: string;
  readonly port: number;
  /** `tcp://[::]:79` takes IPv4 peers as well; `tcp6://` does not. */
  readonly dualStack: boolean;
}

/** One service, complete: every default is filled in, nothing has been looked up on the host yet. */
export interface Policy {
  readonly file: string;
  readonly service: string;
  readonly description: string | undefined;
  readonly listen: readonly ListenAddress[];
  /** argv; the first is an absolute path inside `root`. */
  readonly run: readonly [string, ...string[]];
  readonly handoff: 'connection' | 'listener';
  /** With `handoff: listener`: also descriptor 3 and LISTEN_FDS, as systemd does. */
  readonly listenFds: boolean;
  readonly user: string | number;
  /** `undefined`: the primary group of the user. */
  readonly group: string | number | undefined;
  readonly groups: readonly (string | number)[];
  /** Why the policy needs uid 0. */
  readonly reason: string | undefined;
  /** Why what is reported is meant, by the name of the call, capability, key or trait of the program. */
  readonly accept: ReadonlyMap<string, string>;
  readonly capabilities: readonly CapabilityName[];
  readonly umask: number;
  readonly environment: {
    readonly pass: readonly string[];
    readonly set: ReadonlyMap<string, string>;
  };
  /** Working directory, inside `root`. */
  readonly directory: string;
  readonly stderr: 'log' | 'null' | 'socket';
  readonly exec: 'once' | 'allow';
  /** All sixteen. */
  readonly rlimits: Readonly<Record<RlimitName, Rlimit>>;
  /** chroot directory; `undefined` leaves the root of the host in place. */
  readonly root: string | undefined;
  /** Directories inside `root` below which the service may write, and /dev/null; everything else is read-only to it. */
  readonly writable: readonly string[];
  /** Directories inside `root` below which the service may write, and execute and map what it has written. */
  readonly writeAndRun: readonly string[];
  readonly network: 'none' | 'host';
  readonly landlock: 'required' | 'best-effort';
  readonly limits: {
    readonly sessions: number;
    /** Live sessions of one source (IPv4 address or IPv6 /64); `undefined`: a quarter of `sessions`, loopback exempt. */
    readonly perSource: number | undefined;
    /** A session is killed when it is older; `undefined`: never. */
    readonly timeMs: number | undefined;
    /** How long sessions may go on after SIGTERM. */
    readonly drainMs: number;
  };
  readonly seccomp: SeccompPolicy;
  /** Where each key is written, by path: `user`, `listen.0`, `rlimits.nofile`, `seccomp.rules.3`. Absent: a default. */
  readonly spans: ReadonlyMap<string, Span>;
}
