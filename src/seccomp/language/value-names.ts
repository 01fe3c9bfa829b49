import type { Architecture } from '../../kernel/architecture.ts';
import { CONSTANT_NAMES, constantValue } from '../../kernel/constants.ts';

/** The constants that an argument takes: one of them, or several together. */
interface Names {
  readonly kind: 'one' | 'flags';
  readonly pattern: RegExp;
}

const one = (pattern: RegExp): Names => ({ kind: 'one', pattern });
const flags = (pattern: RegExp): Names => ({ kind: 'flags', pattern });

const OPEN: Names = flags(/^O_(?!ACCMODE|RDONLY)/);
const PROT: Names = flags(/^PROT_(READ|WRITE|EXEC)$/);
const MESSAGE: Names = flags(/^MSG_/);
const FAMILY: Names = one(/^AF_(?!LOCAL|FILE|ROUTE|UNSPEC|MAX)/);
const SIGNAL: Names = one(/^SIG(?!IOT|POLL|UNUSED|STKSZ|RT|_)/);
const LEVEL: Names = one(/^(SOL_SOCKET|IPPROTO_(IP|TCP|UDP|IPV6))$/);
const RESOURCE: Names = one(/^RLIMIT_/);

/**
 * The constants by call and the kernel's name of the argument. An argument is here only if constants describe it without doubt.
 */
const NAMES: ReadonlyMap<string, Names> = new Map([
  ['open flags', OPEN],
  ['openat flags', OPEN],
  ['mmap prot', PROT],
  ['mprotect prot', PROT],
  ['pkey_mprotect prot', PROT],
  ['sendto flags', MESSAGE],
  ['sendmsg flags', MESSAGE],
  ['sendmmsg flags', MESSAGE],
  ['recvfrom flags', MESSAGE],
  ['recvmsg flags', MESSAGE],
  ['clone clone_flags', flags(/^CLONE_/)],
  ['unshare unshare_flags', flags(/^CLONE_/)],
  ['socket family', FAMILY],
  ['socketpair family', FAMILY],
  ['setsockopt level', LEVEL],
  ['getsockopt level', LEVEL],
  ['kill sig', SIGNAL],
  ['tkill sig', SIGNAL],
  ['tgkill sig', SIGNAL],
  ['prlimit64 resource', RESOURCE],
  ['setrlimit resource', RESOURCE],
  ['getrlimit resource', RESOURCE],
  ['fcntl cmd', one(/^F_(DUPFD|GET|SET|ADD|OFD_)/)],
  ['prctl option', one(/^PR_(SET|GET|CAPBSET)_(?!MM_|PTRACER_|.*_(DISABLE|ENABLE)$)/)],
  ['arch_prctl option', one(/^ARCH_(SET|GET)_/)],
  ['madvise behavior', one(/^MADV_/)],
  ['lseek whence', one(/^SEEK_(?!MAX)/)],
  ['ioctl cmd', one(/^(TC(GET|SET|SBRK|XONC|FLSH)|TIOC(?!M_|PKT_|SER_TEMT)|FIO|FS_IOC_)/)],
]);

/** Masks that look at the whole register, or at the half that the kernel takes. */
const WHOLE: ReadonlySet<bigint> = new Set([0xffff_ffffn, 0xffff_ffff_ffff_ffffn]);

const ACCESS_MODE = 3n;
const ACCESS_MODES: readonly string[] = ['O_RDONLY', 'O_WRONLY', 'O_RDWR'];

/** The operand of a comparison, and the mask under which it is compared. */
export interface NamedOperand {
  readonly call: string;
  /** The kernel's name; `undefined`: it has none. */
  readonly argument: string | undefined;
  readonly mask: bigint;
  readonly architecture: Architecture;
}

/** A value as people write it: constants that the argument takes where they say all of it, else a number. */
export function valueText(value: bigint, operand: NamedOperand): string {
  const names = NAMES.get(`${operand.call} ${operand.argument}`);
  if (names === OPEN && operand.mask === ACCESS_MODE) return ACCESS_MODES[Number(value)] ?? numberText(value);
  if (names === undefined || (value === 0n && names.kind === 'flags')) return numberText(value);
  // Under a mask a value is not one of the constants, but all that share some bits.
  if (names.kind === 'one' && !WHOLE.has(operand.mask)) return numberText(value);
  return (
    (names.kind === 'one' ? oneName(value, names, operand) : flagNames(value, names, operand)) ??
    numberText(value)
  );
}

/** The mask of an operand in the same way. */
export function maskText(operand: NamedOperand): string {
  const { mask } = operand;
  const names = NAMES.get(`${operand.call} ${operand.argument}`);
  if (names === OPEN && mask === ACCESS_MODE) return 'O_ACCMODE';
  const text = names?.kind === 'flags' ? flagNames(mask, names, operand) : undefined;
  return text ?? numberText(mask);
}

function oneName(value: bigint, { pattern }: Names, { architecture }: NamedOperand): string | undefined {
  return CONSTANT_NAMES.find((name) => pattern.test(name) && constantValue(name, architecture) === value);
}

/** One name for each bit; `undefined` where a bit has none. */
function flagNames(value: bigint, { pattern }: Names, { architecture }: NamedOperand): string | undefined {
  const found: string[] = [];
  for (let bit = 1n; bit <= value; bit <<= 1n) {
    if ((value & bit) === 0n) continue;
    const name = CONSTANT_NAMES.find(
      (each) => pattern.test(each) && constantValue(each, architecture) === bit,
    );
    if (name === undefined) return undefined;
    found.push(name);
  }
  return found.length > 1 ? `(${found.join('|')})` : found[0];
}

/** A number as people read it: in decimal while it is small. */
export function numberText(value: bigint): string {
  return value < 1024n ? `${value}` : `0x${value.toString(16)}`;
}
