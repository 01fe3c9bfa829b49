import { constantBits } from '../../kernel/constants.ts';
import type { AnswerFacts, LimitName } from './answer-facts.ts';
import type { AnsweredCall, Cause } from './answered-call.ts';

const FORKING: ReadonlySet<string> = new Set(['clone', 'clone3', 'fork', 'vfork']);
const BYTES: ReadonlySet<LimitName> = new Set(['data', 'as', 'fsize', 'memlock']);
const MIB = 1024 * 1024;

const PROT_WRITE = constantBits('PROT_WRITE');
const MAP_PRIVATE = constantBits('MAP_PRIVATE');

/** The cause of an answer that a limit gives; `undefined` for other answers. */
export function limitCause(seen: AnsweredCall, facts: AnswerFacts): Cause | undefined {
  const limit = limitOf(seen, facts);
  const most = limit && facts.limits[limit];
  if (limit === undefined || most === undefined) return undefined;
  return {
    cause: 'rlimit',
    reason: `${reasonOf(seen, limit, facts)}: ${sizeText(limit, most)}`,
    key: `rlimits.${limit}`,
    value: sizeText(limit, more(limit, most, asked(seen))),
  };
}

/** The least that is proposed. */
const LEAST: Readonly<Record<LimitName, number>> = {
  nproc: 16,
  nofile: 16,
  data: 16 * MIB,
  as: 64 * MIB,
  fsize: MIB,
  memlock: 64 * 1024,
  sigpending: 16,
};

/** Twice the limit, or as often twice as what was asked for takes. */
function more(limit: LimitName, most: number, wanted: number): number {
  let value = Math.max(2 * most, LEAST[limit]);
  while (value < most + wanted && value < Number.MAX_SAFE_INTEGER / 2) value *= 2;
  return value;
}

/** The bytes that a call asked for; zero where they are not known. */
function asked({ call, args }: AnsweredCall): number {
  return call === 'mmap' || call === 'mlock' || call === 'mlock2' ? Number(args[1] ?? 0n) : 0;
}

function limitOf(seen: AnsweredCall, facts: AnswerFacts): LimitName | undefined {
  const { call, errno } = seen;
  switch (errno) {
    case 'EMFILE':
      return 'nofile';
    case 'EFBIG':
      return 'fsize';
    case 'EAGAIN':
      if (FORKING.has(call) || call.startsWith('set') || call === 'execve') return 'nproc';
      if (call === 'mmap' || call.startsWith('mlock') || call === 'mremap') return 'memlock';
      return call === 'timer_create' || call === 'rt_sigqueueinfo' ? 'sigpending' : undefined;
    case 'ENOMEM':
      return call.startsWith('mlock') ? 'memlock' : memoryLimit(seen, facts);
    case 'EPERM':
      return call.startsWith('mlock') ? 'memlock' : undefined;
    default:
      return undefined;
  }
}

/** Private memory that can be written counts for both limits, and meets the lower one. Source: mmap(2), mm/mmap.c. */
function memoryLimit({ call, args }: AnsweredCall, { limits }: AnswerFacts): LimitName | undefined {
  if (call !== 'mmap' && call !== 'mremap' && call !== 'brk' && call !== 'mprotect') return undefined;
  const isShared = call === 'mmap' && ((args[3] ?? 0n) & MAP_PRIVATE) === 0n;
  const isRead = call === 'mmap' && ((args[2] ?? 0n) & PROT_WRITE) === 0n;
  const { data = Number.POSITIVE_INFINITY, as = Number.POSITIVE_INFINITY } = limits;
  if (call === 'mprotect') return 'data';
  return isShared || isRead || as < data ? 'as' : 'data';
}

/** The reason, up to the number. */
function reasonOf(seen: AnsweredCall, limit: LimitName, { user }: AnswerFacts): string {
  switch (limit) {
    case 'nproc':
      return `user ${user} has as many processes and threads on this host as rlimits.nproc allows`;
    case 'nofile':
      return 'the process has as many open descriptors as rlimits.nofile allows';
    case 'fsize':
      return 'the file would be larger than rlimits.fsize';
    case 'memlock':
      return 'the memory that is locked would be more than rlimits.memlock';
    case 'sigpending':
      return 'as many signals and timers wait as rlimits.sigpending allows';
    case 'data':
    case 'as': {
      const bytes = asked(seen);
      const much = bytes === 0 ? 'more memory' : `${sizeText(limit, bytes)} more`;
      return `with ${much} the process would exceed rlimits.${limit}`;
    }
  }
}

function sizeText(limit: LimitName, size: number): string {
  if (!BYTES.has(limit) || size === 0) return `${size}`;
  if (size % MIB === 0) return `${size / MIB}MiB`;
  return size > MIB ? `${Math.ceil(size / MIB)}MiB` : `${Math.ceil(size / 1024)}KiB`;
}
