import type { CapabilityName } from '../kernel/capabilities.ts';
import type { RlimitName } from '../kernel/rlimits.ts';
import type { Span } from './diagnostic.ts';

/** A socket to listen on. Every use is a `switch` over the kind, so that a new kind is a type error wherever it counts. */
export type ListenAddress = TcpAddress;

export interface TcpAddress {
  readonly kind: 'tcp';
  /** As written in the policy: `tcp://[::]:79`. */
  readonly text: string;
  readonly family: 'inet' | 'inet6';
  /** Numeric address without brackets: `0.0.0.0`, `::1`. */
  readonly address: string;
  readonly port: number;
  /** `tcp://[::]:79` takes IPv4 peers as well; `tcp6://` does not. */
  readonly dualStack: boolean;
}

/** What a session of a service that listens is given. */
export type PolicyHandoff = 'connection' | 'listener';

/** Both limits of one resource, in the kernel's unit; `RLIM_INFINITY` is 2^64-1. */
export interface Rlimit {
  readonly soft: bigint;
  readonly hard: bigint;
}

/** A text of the filter language, a rule for the most part, and where it stands. */
export interface RuleText {
  readonly text: string;
  /** Covers exactly the text, so that offsets in it are columns of the file; absent for rules of our own. */
  readonly span: Span | undefined;
}

/** How often a call is made beside others, and where that is written. */
export interface CallCount {
  readonly count: number;
  readonly span: Span | undefined;
}

export interface SeccompPolicy {
  /** The action for what no rule names, as text: `kill_process`, `errno(EPERM)`. */
  readonly default: RuleText;
  /** The kernel the policy was written for, `6.1`; calls younger than it answer ENOSYS. */
  readonly kernel: RuleText | undefined;
  readonly rules: readonly RuleText[];
  /** Groups that the policy defines for itself, by name with `@`. */
  readonly groups: ReadonlyMap<string, readonly RuleText[]>;
  /** How often the service makes calls, by name, in any unit; absent: as programs usually do. */
  readonly weights?: ReadonlyMap<string, CallCount> | undefined;
  /** Where the rules are written, for what can be said only of all of them; absent for rules of our own. */
  readonly span: Span | undefined;
}

/** One service, complete: every default is filled in, nothing has been looked up on the host yet. */
export interface Policy {
  readonly file: string;
  readonly service: string;
  readonly description: string | undefined;
  readonly listen: readonly ListenAddress[];
  /** argv; the first is an absolute path inside `root`. */
  readonly run: readonly [string, ...string[]];
  readonly handoff: PolicyHandoff;
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
