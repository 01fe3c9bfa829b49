import { fstatSync } from 'node:fs';

/** A socket that the starter passes to this process, by its name. */
export interface PassedSocket {
  readonly name: string;
  readonly descriptor: number;
}

/** The sockets that are passed, or the reason why there are none. */
export type PassedSockets =
  | { readonly kind: 'passed'; readonly sockets: readonly PassedSocket[] }
  | { readonly kind: 'none'; readonly reason: string }
  | { readonly kind: 'wrong'; readonly reason: string };

/** Source: SD_LISTEN_FDS_START in sd_listen_fds(3). */
const FIRST_PASSED = 3;

/** Without names all are called so. Source: sd_listen_fds_with_names(3). */
const UNNAMED = 'unknown';

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the variables of sd_listen_fds(3), of the process with this number. */
export function passedSockets(environment: Environment, pid: number): PassedSockets {
  const { LISTEN_PID: process, LISTEN_FDS: written, LISTEN_FDNAMES: names } = environment;
  if (process === undefined) return { kind: 'none', reason: 'LISTEN_PID is not set' };
  if (numberIn(process) !== pid)
    return { kind: 'none', reason: `LISTEN_PID is '${process}', and this is process ${pid}` };
  const count = numberIn(written);
  if (count === undefined || count === 0 || count > 0xffff)
    return { kind: 'wrong', reason: `LISTEN_FDS is '${written ?? ''}', which is no number of sockets` };
  const named = names === undefined ? new Array<string>(count).fill(UNNAMED) : names.split(':');
  if (named.length !== count || names === '')
    return { kind: 'wrong', reason: `LISTEN_FDS is ${count}, and LISTEN_FDNAMES is '${names}'` };
  return {
    kind: 'passed',
    sockets: named.map((name, index) => ({ name, descriptor: FIRST_PASSED + index })),
  };
}

/** A plain decimal number. */
function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/**
 * Returns whether a descriptor is a socket. Node opens none before this program runs, so a number that was closed when
 * the process started is now either closed or an epoll, a pipe or a file of Node's.
 */
export function isSocket(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isSocket();
  } catch {
    return false;
  }
}
