import type { Filter } from '../filter.ts';
import { answerOf } from './answer.ts';
import type { SeenCall } from './exact-rules.ts';

const UNIX = 1n;
const NETLINK = 16n;
const TYPE = 0xfn;
const DATAGRAMS = 2n;

/** sizeof(struct sockaddr_un), which the C library passes whatever the length of the path. */
const UNIX_ADDRESS = 110n;

/**
 * A rule that answers a call with the error after which programs go on as well. The C library asks for these sockets to look up
 * names and to log; without the daemons behind them it does the same by itself. A program that wants datagrams between its own
 * processes does without, or takes a pipe.
 */
export function quietAnswer(seen: SeenCall, filter: Filter): string | undefined {
  const [first = 0n, second = 0n, third = 0n] = seen.args.map((value) => BigInt.asUintN(32, value));
  switch (seen.call) {
    case 'socket': {
      if (first !== UNIX && first !== NETLINK) return undefined;
      if (!hasSockets(filter)) return 'socket(family in {AF_UNIX, AF_NETLINK}) -> errno(EACCES)';
      const family = first === UNIX ? 'AF_UNIX' : 'AF_NETLINK';
      return `socket(family == ${family}, type & 0xf == ${second & TYPE}) -> errno(EACCES)`;
    }
    case 'socketpair':
      // A message names whom it is for, so such a pair reaches every UNIX socket of the host.
      return first === UNIX && (second & TYPE) === DATAGRAMS
        ? 'socketpair(family == AF_UNIX, type & 0xf == SOCK_DGRAM) -> errno(EOPNOTSUPP)'
        : undefined;
    case 'connect':
      return third === UNIX_ADDRESS ? 'connect(addrlen == 110) -> errno(ENOENT)' : undefined;
    default:
      return undefined;
  }
}

/** Returns whether a policy lets such sockets be made: the strictest answer counts, so a wide rule would take them away. */
function hasSockets(filter: Filter): boolean {
  const types = [1n, 2n, 3n, 5n];
  return [UNIX, NETLINK].some((family) =>
    types.some((type) => answerOf(filter, 'socket', [family, type, 0n, 0n, 0n, 0n]).kind === 'allow'),
  );
}
