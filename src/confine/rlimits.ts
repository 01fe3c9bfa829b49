import { systemCall } from '../host/libc.ts';
import { RLIM_INFINITY, RLIMITS, type Rlimit, type RlimitName } from '../kernel/rlimits.ts';
import { ConfineError } from './confine-error.ts';
import { inStep } from './step.ts';

/** A limit in the kernel's unit: bytes, seconds, a count. One value is both limits, and cannot be raised again. */
export type RlimitValue = number | bigint | 'infinity';

export type RlimitsOption = {
  readonly [name in RlimitName]?: RlimitValue | { readonly soft: RlimitValue; readonly hard: RlimitValue };
};

export function readRlimits(option: RlimitsOption): ReadonlyMap<RlimitName, Rlimit> {
  const limits = new Map<RlimitName, Rlimit>();
  for (const [name, value] of Object.entries(option)) {
    if (!isRlimitName(name)) {
      const known = Object.keys(RLIMITS).join(', ');
      throw new ConfineError('options', `no resource limit is named '${name}'; there are ${known}`);
    }
    const { soft, hard } = readPair(name, value);
    const limit: Rlimit = { soft: readValue(name, soft), hard: readValue(name, hard) };
    if (limit.soft > limit.hard)
      throw new ConfineError('options', `the soft limit of '${name}' is above its hard limit`);
    limits.set(name, limit);
  }
  return limits;
}

function readPair(
  name: string,
  value: RlimitsOption[RlimitName],
): { readonly soft: RlimitValue; readonly hard: RlimitValue } {
  if (typeof value === 'object' && value !== null && 'soft' in value && 'hard' in value) return value;
  if (typeof value !== 'object' && value !== undefined) return { soft: value, hard: value };
  throw new ConfineError('options', `the limit '${name}' is one value, or two: { soft, hard }`);
}

function isRlimitName(name: string): name is RlimitName {
  return Object.hasOwn(RLIMITS, name);
}

function readValue(name: string, value: RlimitValue): bigint {
  if (value === 'infinity') return RLIM_INFINITY;
  const whole = typeof value === 'bigint' || Number.isSafeInteger(value) ? BigInt(value) : -1n;
  if (whole < 0n || whole > RLIM_INFINITY) {
    const found = JSON.stringify(String(value));
    throw new ConfineError('options', `'${name}' is a whole number from 0 on or 'infinity', not ${found}`);
  }
  return whole;
}

/** Sets limits, which all threads share, and reads each back. */
export function setRlimits(limits: ReadonlyMap<RlimitName, Rlimit>, prlimit64: number): void {
  for (const [name, { soft, hard }] of limits) {
    const wanted = new BigUint64Array([soft, hard]);
    const found = new BigUint64Array(2);
    inStep(
      'rlimits',
      () => {
        systemCall('prlimit64', prlimit64, 0, RLIMITS[name], bytesOf(wanted), null);
        systemCall('prlimit64', prlimit64, 0, RLIMITS[name], null, bytesOf(found));
      },
      `${name}: a hard limit can only be lowered`,
    );
    if (found[0] !== soft || found[1] !== hard)
      throw new ConfineError(
        'rlimits',
        `${name} is ${found[0]}:${found[1]} although ${soft}:${hard} was set`,
      );
  }
}

function bytesOf(words: BigUint64Array): Uint8Array {
  return new Uint8Array(words.buffer);
}
