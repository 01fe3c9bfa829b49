import * as z from 'zod';
import { RLIM_INFINITY, type Rlimit, type RlimitName } from '../../kernel/rlimits.ts';
import { parseQuantity, type QuantityKind, quantityPattern } from './quantity.ts';
import { converted, describe, type Refuse } from './refusal.ts';

interface RlimitRule {
  readonly kind: QuantityKind;
  /** As a policy would write it. */
  readonly default: string;
  readonly meaning: string;
  readonly least?: bigint;
  readonly most?: bigint;
  /** Why `unlimited` is not taken. */
  readonly finite?: string;
}

/** Units and meanings: getrlimit(2). `core` 1 rather than 0: core(5) says that 0 does not stop a core_pattern with a pipe, and 1 does. */
const RULES: Readonly<Record<RlimitName, RlimitRule>> = {
  cpu: { kind: 'seconds', default: '60s', meaning: 'CPU time of one process' },
  fsize: { kind: 'bytes', default: '0', meaning: 'Size of a file that the service writes' },
  data: { kind: 'bytes', default: '256MiB', meaning: 'Data segment and private writable mappings' },
  stack: {
    kind: 'bytes',
    default: '8MiB',
    meaning: 'Stack of the first thread, and argv with the environment',
  },
  core: {
    kind: 'bytes',
    default: '1',
    meaning: 'Size of a core file; 1 also stops a core_pattern that is a pipe',
  },
  rss: { kind: 'bytes', default: 'unlimited', meaning: 'Resident memory; the kernel ignores it' },
  nproc: {
    kind: 'count',
    default: '256',
    meaning: 'Processes and threads of the user id, on the whole host',
  },
  nofile: {
    kind: 'count',
    default: '64',
    meaning: 'One more than the highest descriptor',
    least: 4n,
    finite: 'the kernel takes at most fs.nr_open descriptors',
  },
  memlock: { kind: 'bytes', default: '0', meaning: 'Memory locked into RAM' },
  as: { kind: 'bytes', default: '1GiB', meaning: 'Address space' },
  locks: { kind: 'count', default: 'unlimited', meaning: 'File locks; the kernel ignores it since 2.4' },
  sigpending: { kind: 'count', default: '64', meaning: 'Queued signals of the user id' },
  msgqueue: { kind: 'bytes', default: '0', meaning: 'POSIX message queues of the user id' },
  nice: { kind: 'count', default: '0', meaning: 'Ceiling of the nice value, as 20 - nice', most: 40n },
  rtprio: { kind: 'count', default: '0', meaning: 'Ceiling of the realtime priority', most: 99n },
  rttime: {
    kind: 'microseconds',
    default: '200ms',
    meaning: 'CPU time of a realtime process between two blocking calls',
  },
};

function rlimit(name: RlimitName): z.ZodPrefault<z.ZodType<Rlimit>> {
  const rule = RULES[name];
  const unit = `(unlimited|${quantityPattern(rule.kind)})`;
  const one = [
    { type: 'integer', minimum: Number(rule.least ?? 0n) },
    { type: 'string', pattern: `^${unit}$` },
  ];
  const pair = {
    type: 'object',
    properties: { soft: { anyOf: one }, hard: { anyOf: one } },
    required: ['soft', 'hard'],
    additionalProperties: false,
  };
  return converted((value, refuse) => readRlimit(value, name, refuse))
    .prefault(rule.default)
    .meta({
      description: `${rule.meaning} (${rule.kind}).`,
      anyOf: [...one, { type: 'string', pattern: `^${unit}:${unit}$` }, pair],
    });
}

/** `64MiB`, `soft:hard` or `{ soft, hard }`. */
function readRlimit(value: unknown, name: RlimitName, refuse: Refuse): Rlimit | undefined {
  const pair = splitPair(value, name, refuse);
  if (pair === undefined) return undefined;
  const soft = readOne(pair.soft, name, pair.object ? ['soft'] : [], refuse);
  const hard = pair.hard === pair.soft ? soft : readOne(pair.hard, name, pair.object ? ['hard'] : [], refuse);
  if (soft === undefined || hard === undefined) return undefined;
  if (soft <= hard) return { soft, hard };
  const help = 'write the soft limit first; the kernel takes none above the hard one';
  return refuse({ code: 'rlimit-order', message: `the soft limit of '${name}' is above the hard one`, help });
}

interface Pair {
  readonly soft: unknown;
  readonly hard: unknown;
  readonly object: boolean;
}

function splitPair(value: unknown, name: RlimitName, refuse: Refuse): Pair | undefined {
  if (typeof value === 'string') {
    const [soft, hard, ...more] = value.split(':');
    if (more.length > 0) {
      return refuse({ code: 'rlimit-value', message: `expected 'soft:hard', found '${value}'` });
    }
    return { soft, hard: hard ?? soft, object: false };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { soft: value, hard: value, object: false };
  const fields: { soft?: unknown; hard?: unknown } = value;
  const stranger = Object.keys(fields).find((key) => key !== 'soft' && key !== 'hard');
  if (stranger === undefined && 'soft' in fields && 'hard' in fields) {
    return { soft: fields.soft, hard: fields.hard, object: true };
  }
  return refuse({
    code: 'rlimit-value',
    message: `the limits of '${name}' are two, soft and hard`,
    help: `write ${name}: { soft: ${RULES[name].default}, hard: ${RULES[name].default} }`,
    path: stranger === undefined ? [] : [stranger],
  });
}

function readOne(
  value: unknown,
  name: RlimitName,
  path: readonly string[],
  refuse: Refuse,
): bigint | undefined {
  const rule = RULES[name];
  if (value === 'unlimited') {
    if (rule.finite === undefined) return RLIM_INFINITY;
    return refuse({
      code: 'rlimit-range',
      message: `'${name}' cannot be unlimited`,
      help: rule.finite,
      path,
    });
  }
  if (typeof value !== 'string' && typeof value !== 'bigint' && !Number.isInteger(value)) {
    return refuse({
      code: 'rlimit-value',
      message: `expected a limit, found ${describe(value)}`,
      help: limitHelp(rule),
      path,
    });
  }
  const quantity = parseQuantity(String(value), rule.kind);
  if (quantity.kind === 'problem') {
    const code = quantity.code === 'quantity-unit' ? 'rlimit-unit' : 'rlimit-value';
    return refuse({ code, message: quantity.message, help: `${quantity.help}; or 'unlimited'`, path });
  }
  const least = rule.least ?? 0n;
  const most = rule.most ?? RLIM_INFINITY - 1n;
  if (quantity.value >= least && quantity.value <= most) return quantity.value;
  const message = `expected '${name}' from ${least} to ${most}, found ${quantity.value}`;
  return refuse({ code: 'rlimit-range', message, path });
}

function limitHelp(rule: RlimitRule): string {
  return `write a limit such as ${rule.default}, or { soft: ${rule.default}, hard: ${rule.default} }`;
}

/** `rlimits`: all sixteen. */
export const rlimitsSchema: z.ZodType<Readonly<Record<RlimitName, Rlimit>>> = z
  .strictObject({
    cpu: rlimit('cpu'),
    fsize: rlimit('fsize'),
    data: rlimit('data'),
    stack: rlimit('stack'),
    core: rlimit('core'),
    rss: rlimit('rss'),
    nproc: rlimit('nproc'),
    nofile: rlimit('nofile'),
    memlock: rlimit('memlock'),
    as: rlimit('as'),
    locks: rlimit('locks'),
    sigpending: rlimit('sigpending'),
    msgqueue: rlimit('msgqueue'),
    nice: rlimit('nice'),
    rtprio: rlimit('rtprio'),
    rttime: rlimit('rttime'),
  })
  .prefault({})
  .meta({ description: 'Resource limits of a session, soft and hard.' });
