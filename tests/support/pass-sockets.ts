/** A socket of a starter, in the words of Python's socket module. */
export interface MadeSocket {
  readonly family: 'INET' | 'INET6' | 'UNIX';
  readonly type: 'STREAM' | 'DGRAM' | 'SEQPACKET';
  readonly protocol?: number;
  /** Host and port, a path, or `@` and a name. */
  readonly address: readonly [string, number] | string;
  readonly options?: readonly (readonly [level: string, option: string, value: number])[];
  readonly listen?: boolean;
  readonly connect?: readonly [string, number];
}

export interface Starter {
  readonly sockets: readonly MadeSocket[];
  /** LISTEN_FDNAMES. */
  readonly names: string;
  /** Added to the right LISTEN_PID. */
  readonly pid?: number;
  /** In place of the right LISTEN_FDS. */
  readonly count?: number;
  /** Sockets that are closed before the command starts. */
  readonly closed?: readonly number[];
  readonly unset?: readonly string[];
  /** The command starts when this file is there. */
  readonly until?: string;
  /** The command starts twice, the second time when the first has ended and this file is there. */
  readonly again?: string;
  readonly uid?: number;
}

const SCRIPT = new URL('pass-sockets.py', import.meta.url).pathname;

/** A command that passes sockets to the command behind it, whose process it becomes. */
export function passing(starter: Starter): readonly string[] {
  return ['python3', SCRIPT, JSON.stringify(starter)];
}

/** A port that takes connections, of both families where the host is `::`. */
export function tcpSocket(host: string, port: number, only = 0): MadeSocket {
  return { ...portOf(host, port, only), type: 'STREAM' };
}

/** The same of datagrams. */
export function udpSocket(host: string, port: number, only = 0): MadeSocket {
  return { ...portOf(host, port, only), type: 'DGRAM' };
}

function portOf(host: string, port: number, only: number): Omit<MadeSocket, 'type'> {
  const family = host.includes(':') ? 'INET6' : 'INET';
  const v6only = ['IPPROTO_IPV6', 'IPV6_V6ONLY', only] as const;
  const reuse = ['SOL_SOCKET', 'SO_REUSEADDR', 1] as const;
  return { family, address: [host, port], options: family === 'INET6' ? [v6only, reuse] : [reuse] };
}
