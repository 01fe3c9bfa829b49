import { constantBits, constantNumber } from '../../kernel/constants.ts';
import type { SeenCall } from './exact-rules.ts';
import type { Surroundings } from './surroundings.ts';

/** The group of the calls that make a terminal and give it to a process. */
export const TERMINAL_GROUP_NAME = '@terminal';

/** The commands that only the makers of terminals use: ioctl_tty(2). */
const COMMANDS: ReadonlySet<bigint> = new Set(
  ['TIOCGPTN', 'TIOCGPTLCK', 'TIOCSPTLCK', 'TIOCGPTPEER', 'TIOCPKT', 'TIOCGPKT'].map((name) =>
    BigInt(constantNumber(name)),
  ),
);

const OPENS_TERMINAL = constantBits('O_RDWR|O_NOCTTY');
const OPENS_ANY = constantBits('O_RDWR');
/** The bits that tell how a file is opened; the others say nothing about what it is. */
const DECIDING = constantBits('O_ACCMODE|O_CREAT|O_TRUNC|O_APPEND|O_EXCL|O_NOCTTY');

/**
 * Returns whether a call makes a terminal. A path is in memory that nobody reads, so an open is one by its flags, which
 * posix_openpt(3) and openpty(3) pass, and without O_NOCTTY only where the program is known to make terminals.
 */
export function makesTerminal(
  { call, args }: SeenCall,
  { makesTerminals }: Pick<Surroundings, 'makesTerminals'>,
): boolean {
  if (call === 'ioctl') return COMMANDS.has(BigInt.asUintN(32, args[1] ?? 0n));
  const flags = call === 'open' ? args[1] : call === 'openat' ? args[2] : undefined;
  if (flags === undefined) return false;
  const deciding = flags & DECIDING;
  return deciding === OPENS_TERMINAL || (makesTerminals && deciding === OPENS_ANY);
}
