import type { Architecture } from '../../kernel/architecture.ts';
import { constantBits } from '../../kernel/constants.ts';
import { syscallArguments } from '../../kernel/system-calls.ts';
import type { Condition } from '../condition.ts';
import { conditionHolds } from '../evaluate-condition.ts';
import { BOUNDARIES } from '../groups/boundaries.ts';
import { OWN_GROUP_NAMES } from '../groups/own-groups.ts';
import { KERNEL_BITS } from '../language/resolve-argument.ts';
import { argumentsText } from './arguments-text.ts';
import { groupRules, ruleCondition } from './known-rules.ts';

/** A call with its arguments, as a rule may say it. */
export interface SeenCall {
  readonly call: string;
  readonly args: readonly bigint[];
  readonly architecture: Architecture;
}

/** The argument that says what a call does; the others vary from one call to the next. */
const DECIDING: ReadonlyMap<string, readonly string[]> = new Map([
  ['arch_prctl', ['option']],
  ['bpf', ['cmd']],
  ['fcntl', ['cmd']],
  ['ioctl', ['cmd']],
  ['keyctl', ['option']],
  ['kill', ['sig']],
  ['personality', ['personality']],
  ['pidfd_send_signal', ['sig']],
  ['prctl', ['option']],
  ['ptrace', ['request']],
  ['quotactl', ['cmd']],
  ['rt_sigqueueinfo', ['sig']],
  ['rt_tgsigqueueinfo', ['sig']],
  ['seccomp', ['op']],
  ['setns', ['flags']],
  ['setpriority', ['which']],
  ['setrlimit', ['resource']],
  ['setsockopt', ['level', 'optname']],
  ['socketpair', ['family', 'type']],
  ['tgkill', ['sig']],
  ['tkill', ['sig']],
  ['unshare', ['unshare_flags']],
]);

/** Arguments whose bits matter one by one, under this mask as rules spell it. */
const MASKS: ReadonlyMap<string, string> = new Map([
  ['socketpair type', '0xf'],
  ['socket type', '0xf'],
  ['memfd_create flags', '~MFD_CLOEXEC'],
  ['mknod mode', 'S_IFMT'],
  ['mknodat mode', 'S_IFMT'],
  ['mmap prot', '(PROT_WRITE|PROT_EXEC)'],
  ['mprotect prot', '(PROT_WRITE|PROT_EXEC)'],
  ['pkey_mprotect prot', '(PROT_WRITE|PROT_EXEC)'],
]);

/** Rules for one call that has these arguments, the ones with the meaning of the call first; the bare call is the last resort. */
export function exactRules(seen: SeenCall): readonly string[] {
  const { call } = seen;
  const own = ownForm(seen);
  if (own !== undefined) return [own, ...safeForms(seen)];
  const tested = testedForm(seen);
  const forms = [...(tested === undefined ? [] : [tested]), ...safeForms(seen)];
  return forms.length === 0 ? [call] : forms;
}

function ownForm(seen: SeenCall): string | undefined {
  const { call, args } = seen;
  const deciding = DECIDING.get(call);
  if (deciding !== undefined) return ruleOf(seen, deciding);
  switch (call) {
    case 'socket':
      return socketForm(seen);
    case 'clone':
      return ruleOf(seen, ['clone_flags']);
    case 'memfd_create':
      return ruleOf(seen, ['flags']);
    case 'mknod':
    case 'mknodat':
      return ruleOf(seen, ['mode']);
    case 'mprotect':
    case 'pkey_mprotect':
    case 'mmap':
      return ruleOf(seen, ['prot']);
    case 'fchown':
      return OWNERS.find((rule) => conditionHolds(ruleCondition(rule, seen.architecture), args));
    case 'prlimit64':
      return prlimitForm(seen, args);
    default:
      return undefined;
  }
}

/** Programs that were started as root look whether they may change an owner, by changing none. */
const OWNERS: readonly string[] = [
  'fchown(user == 0xffffffff, group == 0xffffffff)',
  'fchown(user != 0xffffffff || group != 0xffffffff)',
];

const INET: ReadonlySet<bigint> = new Set([2n, 10n]);
const NETLINK = 16n;

/** Both families of the internet when one was seen; the protocol where it decides what a socket is. */
function socketForm(seen: SeenCall): string {
  const [family = 0n, type = 0n, protocol = 0n] = seen.args.map((value) => BigInt.asUintN(32, value));
  const isInternet = INET.has(family);
  const first = isInternet ? 'family in {AF_INET, AF_INET6}' : test(seen, 'family');
  const isTcp = isInternet && (type & 0xfn) === 1n && (protocol === 0n || protocol === 6n);
  const last = isTcp
    ? ['protocol in {0, IPPROTO_TCP}']
    : family === NETLINK || (isInternet && protocol !== 0n)
      ? [test(seen, 'protocol')]
      : [];
  return `socket(${[first, test(seen, 'type'), ...last].join(', ')})`;
}

/** Reading is of any limit; the number of a process is never said. */
function prlimitForm(seen: SeenCall, [pid = 0n, , newLimit = 0n]: readonly bigint[]): string {
  const own = BigInt.asUintN(32, pid) === 0n ? ['pid == 0'] : [];
  const what = newLimit === 0n ? 'new_rlim == NULL' : test(seen, 'resource');
  return `prlimit64(${[...own, what].join(', ')})`;
}

function ruleOf(seen: SeenCall, names: readonly string[]): string {
  return `${seen.call}(${names.map((name) => test(seen, name)).join(', ')})`;
}

/** One argument compared with what it was. */
function test({ call, args, architecture }: SeenCall, name: string): string {
  const declared = syscallArguments(call, architecture) ?? [];
  const index = declared.findIndex((argument) => argument.name === name);
  const value = BigInt.asUintN(64, args[index] ?? 0n);
  const mask = MASKS.get(`${call} ${name}`);
  if (mask === undefined) return `${name} == ${spelled({ call, args, architecture }, index)}`;
  const bits = maskBits(call, mask, name, architecture);
  const fileType = mask === 'S_IFMT' ? FILE_TYPES.get(value & bits) : undefined;
  if (fileType !== undefined) return `${name} & ${mask} == ${fileType}`;
  const masked = args.map((each, at) => (at === index ? value & bits : each));
  return `${name} & ${mask} == ${spelled({ call, args: masked, architecture }, index)}`;
}

/** Files that mknod makes; include/uapi/linux/stat.h. */
const FILE_TYPES: ReadonlyMap<bigint, string> = new Map(
  ['S_IFIFO', 'S_IFCHR', 'S_IFBLK', 'S_IFREG', 'S_IFSOCK'].map((name) => [constantBits(name), name]),
);

/** The bits that a mask leaves, by the language itself. */
function maskBits(call: string, mask: string, name: string, architecture: Architecture): bigint {
  const condition = ruleCondition(`${call}(${name} & ${mask} == 0)`, architecture);
  return condition.kind === 'compare' ? condition.mask : 0n;
}

/** The value as text that rules read: constants by their names, several in brackets, anything else as a number. */
function spelled({ call, args, architecture }: SeenCall, index: number): string {
  const kind = syscallArguments(call, architecture)?.[index]?.kind ?? 'int64';
  const value = BigInt.asUintN(KERNEL_BITS[kind], args[index] ?? 0n);
  const text = argumentsText(call, args, architecture).split(', ')[index] ?? '';
  if (!/^[A-Z]/.test(text)) return value < 1024n ? `${value}` : `0x${value.toString(16)}`;
  return text.includes('|') ? `(${text})` : text;
}

/** A test of one argument. */
export type Compare = Extract<Condition, { kind: 'compare' }>;

/** The very arguments that the conditions of our groups test about this call, as they were. */
function testedForm(seen: SeenCall): string | undefined {
  const { call, args, architecture } = seen;
  const tested = OWN_GROUP_NAMES.flatMap((group) => groupRules(group, architecture))
    .filter((rule) => rule.call === call)
    .flatMap(({ condition }) => comparesOf(condition));
  const terms = new Map<string, string>();
  for (const compare of tested) {
    const declared = syscallArguments(call, architecture)?.[compare.argument];
    if (declared === undefined) return undefined;
    const { name, kind } = declared;
    const value = BigInt.asUintN(compare.width, args[compare.argument] ?? 0n) & compare.mask;
    if (kind === 'pointer') terms.set(name, `${name} ${value === 0n ? '==' : '!='} NULL`);
    else if (name === 'pid') terms.set(name, `pid ${value === 0n ? '==' : '!='} 0`);
    else {
      const mask = `0x${compare.mask.toString(16)}`;
      const whole = compare.mask === BigInt.asUintN(compare.width, -1n);
      const operand = whole ? name : `${name} & ${maskNames(name, compare) ?? mask}`;
      terms.set(operand, `${operand} == ${bitNames(name, value) ?? `0x${value.toString(16)}`}`);
    }
  }
  return terms.size === 0 ? undefined : `${call}(${[...terms.values()].join(', ')})`;
}

/** The tests of single arguments that a condition consists of. */
export function comparesOf(condition: Condition): readonly Compare[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.terms.flatMap(comparesOf);
    case 'not':
      return comparesOf(condition.term);
    case 'compare':
      return [condition];
    default:
      return [];
  }
}

const SET_ID = 0o6000n;
const SET_USER_ID = 0o4000n;

function maskNames(name: string, { mask }: Compare): string | undefined {
  if (name === 'mode' && mask === SET_ID) return '(S_ISUID|S_ISGID)';
  if (name === 'flags' && mask === 0x2000_0000n) return 'MSG_FASTOPEN';
  return undefined;
}

function bitNames(name: string, value: bigint): string | undefined {
  if (value === 0n) return '0';
  if (name === 'flags' && value === 0x2000_0000n) return 'MSG_FASTOPEN';
  if (name !== 'mode' || (value & ~SET_ID) !== 0n) return undefined;
  if (value === SET_ID) return '(S_ISUID|S_ISGID)';
  return value === SET_USER_ID ? 'S_ISUID' : 'S_ISGID';
}

/** The forms of a call that keep a boundary, as far as these arguments meet them. */
function safeForms({ call, args, architecture }: SeenCall): readonly string[] {
  return BOUNDARIES.flatMap(({ calls }) => calls)
    .filter((entry) => entry.call === call)
    .flatMap(({ safe }) => safe)
    .filter((rule) => conditionHolds(ruleCondition(rule, architecture), args));
}
