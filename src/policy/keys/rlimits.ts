import * as z from 'zod';
import { RLIM_INFINITY, RLIMIT_NAMES, type Rlimit, type RlimitName } from '../../kernel/rlimits.ts';
import { parseQuantity, type QuantityKind, quantityPattern } from '../schema/quantity.ts';
import { converted, describe, type Refuse } from '../schema/refusal.ts';
import { type KeyRecord, type PolicyKey, schemasOf } from './key.ts';

interface RlimitRule extends Pick<KeyRecord, 'details' | 'example'> {
  readonly kind: QuantityKind;
  /** As a policy would write it. */
  readonly default: string;
  readonly meaning: string;
  /** The kind of value in words, where it is not the usual one of `kind`. */
  readonly value?: string;
  readonly least?: bigint;
  readonly most?: bigint;
  /** The reason why `unlimited` is refused. */
  readonly finite?: string;
}

/**
 * Units and meanings: getrlimit(2). `core` is 1: by core(5), 0 does not stop a core_pattern with a pipe, and 1 does.
 */
const RULES: Readonly<Record<RlimitName, RlimitRule>> = {
  cpu: { kind: 'seconds', default: '60s', meaning: 'CPU time of one process', example: '5s' },
  fsize: {
    kind: 'bytes',
    default: '0',
    meaning: 'Size of a file that the service writes',
    details:
      'In a policy without `listen` the default is `unlimited`, as long as Landlock is sure to keep the program from every file but those that its caller opened.',
    example: '1MiB',
  },
  data: {
    kind: 'bytes',
    default: '256MiB',
    meaning: 'Data segment and private writable mappings',
    example: '64MiB',
  },
  stack: {
    kind: 'bytes',
    default: '8MiB',
    meaning: 'Stack of the first thread, with its arguments and environment',
    example: '1MiB',
  },
  core: {
    kind: 'bytes',
    default: '1',
    meaning: 'Size of a core file',
    details: '1 also stops a core_pattern that is a pipe, and 0 does not.',
    example: 'unlimited',
  },
  rss: {
    kind: 'bytes',
    default: 'unlimited',
    meaning: 'Resident memory',
    details: 'The kernel ignores it.',
    example: '64MiB',
  },
  nproc: {
    kind: 'count',
    default: '256',
    meaning: 'Processes and threads of the user id, on the whole host',
    example: 32,
  },
  nofile: {
    kind: 'count',
    default: '64',
    meaning: 'One more than the highest descriptor',
    value: 'a number from 4, never `unlimited`',
    example: 16,
    least: 4n,
    finite: 'the kernel takes at most fs.nr_open descriptors',
  },
  memlock: { kind: 'bytes', default: '0', meaning: 'Memory locked into RAM', example: '64KiB' },
  as: { kind: 'bytes', default: '1GiB', meaning: 'Address space', example: '64MiB' },
  locks: {
    kind: 'count',
    default: 'unlimited',
    meaning: 'File locks',
    details: 'The kernel ignores it since Linux 2.4.',
    example: 8,
  },
  sigpending: { kind: 'count', default: '64', meaning: 'Queued signals of the user id', example: 16 },
  msgqueue: { kind: 'bytes', default: '0', meaning: 'POSIX message queues of the user id', example: '64KiB' },
  nice: {
    kind: 'count',
    default: '0',
    meaning: 'Ceiling of the nice value, as 20 - nice',
    value: 'a number from 0 to 40',
    example: 20,
    most: 40n,
  },
  rtprio: {
    kind: 'count',
    default: '0',
    meaning: 'Ceiling of the realtime priority',
    value: 'a number from 0 to 99',
    example: 1,
    most: 99n,
  },
  rttime: {
    kind: 'microseconds',
    default: '200ms',
    meaning: 'CPU time of a realtime process between two blocking calls',
    example: '500us',
  },
};

const VALUES: Readonly<Record<QuantityKind, string>> = {
  bytes: 'a size',
  seconds: 'a time in whole seconds',
  microseconds: 'a time in microseconds',
  milliseconds: 'a time',
  count: 'a number',
};

interface RlimitKey extends KeyRecord<Rlimit> {
  readonly schema: z.ZodPrefault<z.ZodType<Rlimit>>;
}

function keyOf(name: RlimitName): RlimitKey {
  const { meaning, kind, value = VALUES[kind], details, example } = RULES[name];
  return {
    description: `${meaning}${kind === 'count' ? '' : `, in ${kind}`}.`,
    ...(details === undefined ? {} : { details }),
    value,
    example,
    schema: schemaOf(name),
  };
}

function schemaOf(name: RlimitName): z.ZodPrefault<z.ZodType<Rlimit>> {
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

const KEYS = Object.fromEntries(RLIMIT_NAMES.map((name) => [name, keyOf(name)])) as Record<
  RlimitName,
  RlimitKey
>;

/** All sixteen. */
export const rlimits: PolicyKey<Readonly<Record<RlimitName, Rlimit>>> = {
  section: 'Resource limits',
  description: 'Resource limits of a session, soft and hard.',
  details:
    'See getrlimit(2). Each takes a value of its kind, `unlimited`, two values as `soft:hard`, or `{ soft: 16, hard: 32 }`. A single value is both limits.',
  value: 'a mapping',
  schema: z.strictObject(schemasOf(KEYS)).prefault({}),
  keys: KEYS,
  flag: { kind: 'entry', name: 'rlimit', argument: 'NAME=LIMIT', numeric: true },
};
