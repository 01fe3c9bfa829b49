import fc from 'fast-check';

/** A condition as text, with what it means worked out beside it rather than by parsing. */
export interface Meaning {
  readonly text: string;
  readonly holds: (args: readonly bigint[]) => boolean;
}

interface Argument {
  readonly names: readonly string[];
  readonly index: number;
  readonly bits: bigint;
}

/** fallocate(int fd, int mode, loff_t offset, loff_t len): two widths, and those that are written; no pointers. */
export const CALL = 'fallocate';

const ARGUMENTS: readonly Argument[] = [
  { names: ['fd', 'arg0'], index: 0, bits: 32n },
  { names: ['mode', 'arg1'], index: 1, bits: 32n },
  { names: ['offset', 'arg2'], index: 2, bits: 64n },
  { names: ['len', 'arg3'], index: 3, bits: 64n },
  { names: ['fd:64', 'arg0:64'], index: 0, bits: 64n },
  { names: ['mode:32'], index: 1, bits: 32n },
  { names: ['offset:32', 'arg2:32'], index: 2, bits: 32n },
];

/** The same on both architectures. Source: include/uapi/linux/falloc.h, asm-generic/fcntl.h. */
const NAMES: readonly (readonly [string, bigint])[] = [
  ['FALLOC_FL_KEEP_SIZE', 1n],
  ['FALLOC_FL_PUNCH_HOLE', 2n],
  ['AT_FDCWD', -100n],
  ['SEEK_END', 2n],
];

interface Value {
  readonly text: string;
  readonly value: bigint;
  readonly negative: boolean;
}

function values(bits: bigint): fc.Arbitrary<Value> {
  const size = 1n << bits;
  const near = fc
    .tuple(fc.constantFrom(0n, size / 2n, size - 1n, (1n << 31n) - 1n), fc.bigInt({ min: -2n, max: 2n }))
    .map(([corner, step]) => (((corner + step) % size) + size) % size);
  const plain = fc
    .tuple(near, fc.constantFrom('decimal', 'hexadecimal', 'octal'))
    .map(([value, base]): Value => {
      const text =
        base === 'decimal'
          ? `${value}`
          : base === 'octal'
            ? `0o${value.toString(8)}`
            : `0x${value.toString(16)}`;
      return { text, value, negative: false };
    });
  const negative = fc
    .bigInt({ min: 1n, max: size / 2n })
    .map((value): Value => ({ text: `-${value}`, value: size - value, negative: true }));
  const named = fc
    .constantFrom(...NAMES)
    .map(
      ([text, value]): Value => ({ text, value: value < 0n ? size + value : value, negative: value < 0n }),
    );
  const simple = fc.oneof(plain, negative, named);
  const complement = simple
    .filter(({ text }) => !text.startsWith('-'))
    .map(({ text, value }): Value => ({ text: `~${text}`, value: size - 1n - value, negative: false }));
  const union = fc.array(fc.oneof(simple, complement), { minLength: 2, maxLength: 3 }).map(
    (parts): Value => ({
      text: `(${parts.map(({ text }) => text).join('|')})`,
      value: parts.reduce((all, { value }) => all | value, 0n),
      negative: parts.some((part) => part.negative),
    }),
  );
  return fc.oneof(simple, complement, union);
}

const TESTS: readonly (readonly [string, boolean, (seen: bigint, value: bigint) => boolean])[] = [
  ['==', false, (seen, value) => seen === value],
  ['!=', false, (seen, value) => seen !== value],
  ['<', true, (seen, value) => seen < value],
  ['<=', true, (seen, value) => seen <= value],
  ['>', true, (seen, value) => seen > value],
  ['>=', true, (seen, value) => seen >= value],
];

const test: fc.Arbitrary<Meaning> = fc.constantFrom(...ARGUMENTS).chain(({ names, index, bits }) => {
  const value = values(bits);
  const unsigned = value.filter(({ negative }) => !negative);
  const operand = fc
    .tuple(fc.constantFrom(...names), fc.option(value, { nil: undefined }))
    .map(([name, mask]) => ({
      text: mask === undefined ? name : `${name} & ${mask.text}`,
      seen: (args: readonly bigint[]): bigint => {
        const register = (args[index] ?? 0n) % (1n << bits);
        return mask === undefined ? register : register & mask.value;
      },
    }));
  const compare = fc.constantFrom(...TESTS).chain(([symbol, ordered, relation]) =>
    fc.tuple(operand, ordered ? unsigned : value).map(
      ([left, right]): Meaning => ({
        text: `${left.text} ${symbol} ${right.text}`,
        holds: (args) => relation(left.seen(args), right.value),
      }),
    ),
  );
  const range = fc
    .tuple(unsigned, unsigned)
    .map(([a, b]) => (a.value <= b.value ? ([a, b] as const) : ([b, a] as const)));
  const member = fc.oneof(
    value.map((one) => ({ text: one.text, has: (seen: bigint) => seen === one.value })),
    range.map(([low, high]) => ({
      text: `${low.text}..${high.text}`,
      has: (seen: bigint) => seen >= low.value && seen <= high.value,
    })),
  );
  const set = fc.tuple(operand, fc.boolean(), fc.array(member, { maxLength: 4 })).map(
    ([left, negated, members]): Meaning => ({
      text: `${left.text} ${negated ? 'not in' : 'in'} {${members.map(({ text }) => text).join(', ')}}`,
      holds: (args) => members.some(({ has }) => has(left.seen(args))) !== negated,
    }),
  );
  return fc.oneof(compare, set);
});

/** Random conditions on `CALL`, with as few parentheses as the precedence of the operators asks for. */
export const meaning: fc.Arbitrary<Meaning> = fc.letrec<{
  or: Meaning;
  and: Meaning;
  not: Meaning;
  atom: Meaning;
}>((tie) => ({
  or: fc.array(tie('and'), { minLength: 1, maxLength: 3 }).map((terms) => ({
    text: terms.map(({ text }) => text).join(' || '),
    holds: (args) => terms.some((term) => term.holds(args)),
  })),
  and: fc.array(tie('not'), { minLength: 1, maxLength: 3 }).map((terms) => ({
    text: terms.map(({ text }) => text).join('&&'),
    holds: (args) => terms.every((term) => term.holds(args)),
  })),
  not: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('atom'),
    tie('not').map((term): Meaning => ({ text: `!${term.text}`, holds: (args) => !term.holds(args) })),
  ),
  atom: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    test,
    tie('or').map((inner): Meaning => ({ text: `(${inner.text})`, holds: inner.holds })),
  ),
})).or;
