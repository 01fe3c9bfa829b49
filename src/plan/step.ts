import type { Span } from '../policy/diagnostic.ts';
import type { EndSignal } from '../policy/keys/limits.ts';
import type { PolicyHandoff } from '../policy/policy.ts';
import type { Penalties } from '../policy/schema/penalties.ts';
import type { Data } from './data.ts';

/** The three phases of a launch: once with the caller's privilege, once while giving it up, for each connection. */
export type Phase = 'prepare' | 'confine' | 'session';

/**
 * The process that executes a step: the outer gate (also for all steps before the split), the inner gate, or a session.
 */
export type Role = 'outer' | 'inner' | 'session';

/** A result that one step stores and later ones use, mostly a descriptor. */
export type Slot = string;

/** One argument of a system call, and how a person reads it. */
export type Operand =
  | { readonly kind: 'value'; readonly value: bigint; readonly text: string }
  | { readonly kind: 'data'; readonly data: Data; readonly text: string }
  | { readonly kind: 'slot'; readonly slot: Slot; readonly text: string };

export type Expectation =
  | { readonly kind: 'equal'; readonly value: bigint }
  | { readonly kind: 'not-negative' }
  | { readonly kind: 'errno'; readonly errno: number; readonly name: string };

/** The bytes that memory must hold after a call that reads something back. */
export interface Check {
  readonly data: Data;
  readonly offset: number;
  readonly width: 4 | 8;
  readonly mask: bigint;
  readonly equals: bigint;
}

interface StepCommon {
  readonly phase: Phase;
  readonly roles: readonly Role[];
  /** The purpose of the step, one sentence without a stop. */
  readonly why: string;
  /** The line of the policy that asks for it; absent for a step of every launch. */
  readonly source: Span | undefined;
}

export interface CallStep extends StepCommon {
  readonly verb: 'call';
  readonly call: string;
  readonly number: number;
  readonly operands: readonly Operand[];
  readonly expect: Expectation;
  /** Errnos that are acceptable too. */
  readonly tolerate: readonly { readonly errno: number; readonly name: string }[];
  readonly store: Slot | undefined;
  readonly checks: readonly Check[];
}

/** The task of the outer gate while the inner one serves: `gate/image.h`, `enum split_mode`. */
export type OuterTask = 'wait' | 'supervise' | 'forward';

/** Forks the first process of the pid namespace that was unshared before. */
export interface SplitStep extends StepCommon {
  readonly verb: 'split';
  readonly outer: OuterTask;
  /** The outer gate answers for numbers of the host, by which the kernel's audit names processes. */
  readonly audits: boolean;
}

export type VariableValue =
  | 'peer-address'
  | 'peer-port'
  | 'local-address'
  | 'local-port'
  | 'pid'
  | 'protocol'
  | 'peer-uid'
  | 'peer-gid'
  | 'peer-path'
  | 'peer-connections';

/** One variable of the environment; `value` is text, or known only when the connection is there. */
export interface Variable {
  readonly name: string;
  readonly value:
    | { readonly kind: 'literal'; readonly text: string }
    | { readonly kind: 'template'; readonly template: VariableValue };
}

/** Builds the environment of the exec that follows. */
export interface EnvStep extends StepCommon {
  readonly verb: 'env';
  readonly variables: readonly Variable[];
}

/** The socket of a session: a connection, the socket that listens, or the descriptors of the caller. */
export type Handoff = PolicyHandoff | 'inherited';

/** `burst` connections or datagrams at once, else one in `intervalNs`. */
export interface ConnectionRate {
  readonly intervalNs: number;
  readonly burst: number;
}

/** One number of an access list, of a user or a group. */
export interface PeerUser {
  readonly id: number;
  readonly isAllowed: boolean;
}

/** The users that may connect to UNIX sockets. An entry of a user decides before those of groups. */
export interface PeerUsers {
  readonly users: readonly PeerUser[];
  readonly groups: readonly PeerUser[];
}

/**
 * An access list that the gate keeps: for each family the addresses at which the answer turns around, from "refused" on, as
 * hexadecimal digits behind each other.
 */
export interface AccessTable {
  readonly inet: string;
  readonly inet6: string;
}

/** Datagrams that the gate passes on between peers and their sessions. */
export interface DatagramTerms {
  /** Of one peer; those above it are dropped. */
  readonly rate: ConnectionRate;
  /** Bytes of answers for each byte of requests, headers counted, in the whole life of a peer. */
  readonly amplification: number;
  /** Nobody who asks from them is served, beside those below 1024. */
  readonly refusedPorts: readonly number[];
}

/** Accepts, forks and reaps until the launcher stops it; the steps that follow are the session's. */
export interface ServeStep extends StepCommon {
  readonly verb: 'serve';
  readonly handoff: Handoff;
  readonly listeners: readonly Slot[];
  readonly backlog: number;
  /** The list that the gate asks after it has accepted; `undefined`: it asks none. */
  readonly access: AccessTable | undefined;
  /** Peers of UNIX sockets: the gate asks always, since their sockets have no addresses. */
  readonly peerUsers: PeerUsers | undefined;
  readonly sessions: number;
  readonly perSource: number;
  /** Peers on the loopback are not counted against `perSource`. */
  readonly loopbackExempt: boolean;
  /** Connections of one source; those above it are refused. */
  readonly sourceRate: ConnectionRate | undefined;
  /** Connections of all sources; those above it wait. */
  readonly totalRate: ConnectionRate | undefined;
  readonly penalties: Penalties | undefined;
  /** `undefined`: the gate passes no datagrams on. */
  readonly datagrams: DatagramTerms | undefined;
  readonly timeMs: number | undefined;
  /** A session is asked to end by this signal. */
  readonly endSignal: EndSignal;
  /** Between that and SIGKILL. */
  readonly graceMs: number;
  readonly clientGoneMs: number | undefined;
  /** Until the client has sent something. */
  readonly firstByteMs: number | undefined;
  /** Without data of either side, or datagrams. */
  readonly idleMs: number | undefined;
  readonly drainMs: number;
  readonly epoll: Slot;
  readonly childSignal: Slot;
  /** The slot in which the session finds its socket; `undefined` with inherited descriptors. */
  readonly connection: Slot | undefined;
  readonly log: Slot | undefined;
  /** The listener by which calls of sessions ask; `undefined`: none do. */
  readonly notify: Slot | undefined;
  /** Every exec asks and is answered; all others that ask are denied. */
  readonly execAsks: boolean;
  /** The gate may read the names of programs in /proc. */
  readonly namesPrograms: boolean;
  readonly localAddress: boolean;
  /** The kernel's audit tells denied calls. */
  readonly audits: boolean;
}

/** Makes every later system call, also of the processes that are forked, by the instructions at this address. */
export interface EnterStep extends StepCommon {
  readonly verb: 'enter';
  readonly address: number;
}

/**
 * Looks that no descriptor waits in the queue of a standard descriptor, and that it sends to its peer only. What is no
 * socket has neither.
 */
export interface QueueStep extends StepCommon {
  readonly verb: 'queue';
  readonly descriptor: 0 | 1 | 2;
}

/**
 * Begins a session of the kernel's audit, whose number every record about the gate and its sessions has. Where the kernel
 * does not allow it there is none.
 */
export interface MarkStep extends StepCommon {
  readonly verb: 'mark';
}

/** A socket that is passed, the descriptor that it gets, and the line of the policy that names it. */
export interface PassedSocket {
  readonly name: string;
  readonly descriptor: number;
  readonly line: number;
}

/**
 * Finds the sockets that are passed to this process (sd_listen_fds(3)) by their names, and moves each to its descriptor.
 * One that is missing, and one that no listener names, end the launch.
 */
export interface InheritStep extends StepCommon {
  readonly verb: 'inherit';
  readonly sockets: readonly PassedSocket[];
}

/** Replaces the process with the service. */
export interface ExecStep extends StepCommon {
  readonly verb: 'exec';
  /** An address of page 0 that holds the path, or the path itself. */
  readonly path: Operand;
  readonly argv: readonly string[];
}

export type Step =
  | CallStep
  | SplitStep
  | EnvStep
  | ServeStep
  | EnterStep
  | QueueStep
  | MarkStep
  | InheritStep
  | ExecStep;
