import type { AnswerFacts } from './answer-facts.ts';
import type { AnsweredCall, Cause } from './answered-call.ts';
import { capabilityCause } from './capability-cause.ts';
import { isBelow, parentOf, pathOf } from './path-of.ts';

const CALLS: ReadonlySet<string> = new Set(['connect', 'bind', 'sendto']);

/** The first port that every user may bind, as kernels have it by default. */
const FIRST_FREE_PORT = 1024;

/** The cause of an answer to a call that names an address; `undefined` for other calls. */
export function networkCause(seen: AnsweredCall, facts: AnswerFacts): Cause | undefined {
  if (!CALLS.has(seen.call)) return undefined;
  if (seen.path !== undefined) return nameCause(seen, facts);
  const { call, errno, port = 0 } = seen;
  if (facts.network === 'host') {
    const isPrivileged = call === 'bind' && errno === 'EACCES' && port > 0 && port < FIRST_FREE_PORT;
    return isPrivileged ? capabilityCause('CAP_NET_BIND_SERVICE', `port ${port} takes it`, facts) : undefined;
  }
  if (errno !== 'EACCES' && errno !== 'ENETUNREACH' && errno !== 'EADDRNOTAVAIL') return undefined;
  if (facts.network === 'loopback' && isLoopback(seen.address) && call === 'bind' && errno === 'EACCES')
    return capabilityCause('CAP_NET_BIND_SERVICE', `port ${port} takes it`, facts);
  return emptyCause(seen, facts);
}

function emptyCause({ address, errno }: AnsweredCall, { network }: AnswerFacts): Cause {
  const what = address ?? 'the address';
  if (network === 'none' && errno === 'EACCES')
    return {
      cause: 'landlock',
      reason: `Landlock closes every TCP port with network: none, also for ${what}`,
      ...fitting(address),
    };
  const having = network === 'none' ? 'is empty' : 'has the loopback only';
  return {
    cause: 'network',
    reason: `the network of the service ${having}, so ${what} is not there`,
    ...fitting(address),
  };
}

function fitting(address: string | undefined): Pick<Cause, 'key' | 'value'> {
  return { key: 'network', value: isLoopback(address) ? 'loopback' : 'host' };
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && (address === '::1' || /^(::ffff:)?127\./.test(address));
}

/** A UNIX socket: its file counts, and Landlock scopes abstract names. */
function nameCause(seen: AnsweredCall, facts: AnswerFacts): Cause | undefined {
  const { call, errno, path = '' } = seen;
  if (path.startsWith('@'))
    return {
      cause: 'landlock',
      reason: `Landlock lets a session reach no abstract socket of others: ${path}`,
    };
  const file = pathOf(seen, facts) ?? path;
  const isWritten = isBelow(file, [...facts.writable, ...facts.writeAndRun]);
  if (errno === 'EROFS' || (call === 'bind' && errno === 'EACCES' && !isWritten))
    return {
      cause: errno === 'EROFS' ? 'mount' : 'landlock',
      reason: `the service may not make ${file}`,
      key: 'writable',
      value: parentOf(file),
    };
  if (errno !== 'EACCES') return undefined;
  return {
    cause: 'mode',
    reason: `the modes of ${file} do not let user ${facts.user} use it`,
    key: 'user',
    value: 'one that may write to it',
  };
}
