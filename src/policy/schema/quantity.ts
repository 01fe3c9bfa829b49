/** The unit of a number in a policy. */
export type QuantityKind = 'bytes' | 'seconds' | 'microseconds' | 'milliseconds' | 'count';

export type Quantity =
  | { readonly kind: 'value'; readonly value: bigint }
  | { readonly kind: 'problem'; readonly code: string; readonly message: string; readonly help: string };

/** Binary and decimal sizes as IEC 80000-13 names them. */
const SIZES: ReadonlyMap<string, bigint> = new Map([
  ['B', 1n],
  ['KiB', 1n << 10n],
  ['MiB', 1n << 20n],
  ['GiB', 1n << 30n],
  ['TiB', 1n << 40n],
  ['kB', 1000n],
  ['MB', 1000n ** 2n],
  ['GB', 1000n ** 3n],
  ['TB', 1000n ** 4n],
]);

/** In microseconds. */
const DURATIONS: ReadonlyMap<string, bigint> = new Map([
  ['us', 1n],
  ['ms', 1000n],
  ['s', 1_000_000n],
  ['m', 60_000_000n],
  ['h', 3_600_000_000n],
  ['d', 86_400_000_000n],
]);

const EXAMPLES: Readonly<Record<QuantityKind, string>> = {
  bytes:
    'write bytes as a plain number or with a unit: B, KiB, MiB, GiB, TiB (powers of 1024), kB, MB, GB, TB (of 1000)',
  seconds: 'write whole seconds as a plain number or with a unit: s, m, h, d',
  microseconds: 'write microseconds as a plain number or with a unit: us, ms, s, m, h, d',
  milliseconds: 'write a number with a unit: ms, s, m, h, d',
  count: 'write a plain number, without a unit',
};

const GRAIN: Readonly<Record<'seconds' | 'microseconds' | 'milliseconds', bigint>> = {
  seconds: 1_000_000n,
  milliseconds: 1000n,
  microseconds: 1n,
};

/** Reads `64`, `64MiB` or `30s` in the unit of `kind`. A bare number of milliseconds is refused: people mean seconds. */
export function parseQuantity(text: string, kind: QuantityKind): Quantity {
  const match = /^(\d{1,20})\s?([A-Za-z]*)$/.exec(text.trim());
  if (match === null) return problem('quantity-value', `expected a quantity, found '${text}'`, kind);
  const number = BigInt(match[1] ?? '');
  const unit = match[2] ?? '';
  if (unit === '' && kind === 'milliseconds') return problem('quantity-unit', `'${text}' has no unit`, kind);
  if (unit === '') return { kind: 'value', value: number };
  const size = SIZES.get(unit);
  if (size !== undefined && kind === 'bytes') return { kind: 'value', value: number * size };
  const duration = DURATIONS.get(unit);
  if (duration !== undefined && kind !== 'bytes' && kind !== 'count') {
    const total = number * duration;
    if (total % GRAIN[kind] === 0n) return { kind: 'value', value: total / GRAIN[kind] };
    return problem('quantity-unit', `'${text}' is finer than whole ${kind}`, kind);
  }
  const known = size !== undefined || duration !== undefined;
  return problem(
    'quantity-unit',
    known ? `the unit '${unit}' does not fit here` : `unknown unit '${unit}'`,
    kind,
  );
}

/** The strings that `parseQuantity` takes, for the JSON Schema. */
export function quantityPattern(kind: QuantityKind): string {
  switch (kind) {
    case 'bytes':
      return '[0-9]{1,20} ?([KMGT]iB|[kMGT]?B)?';
    case 'seconds':
      return '[0-9]{1,20} ?(us|ms|[smhd])?';
    case 'microseconds':
      return '[0-9]{1,20} ?(us|ms|[smhd])?';
    case 'milliseconds':
      return '[0-9]{1,20} ?(us|ms|[smhd])';
    case 'count':
      return '[0-9]{1,20}';
  }
}

function problem(code: string, message: string, kind: QuantityKind): Quantity {
  return { kind: 'problem', code, message, help: EXAMPLES[kind] };
}
