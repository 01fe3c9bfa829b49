import type { Compare, Conjunction } from '../conjunction.ts';
import { type MaskedTest, maskedAlternatives } from '../masked-tests.ts';
import type { NormalForm } from '../normal-form.ts';

const ALL_BITS = 0xffff_ffff_ffff_ffffn;

/** A line with more of them is unreadable. */
const MOST_ALTERNATIVES = 256;

/** A form as an expression of Minijail; `undefined` when it would be too long. All 64 bits of a register are looked at there. */
export function minijailExpression(form: NormalForm): string | undefined {
  const clauses: string[] = [];
  for (const conjunction of form) {
    const more = clausesOf(conjunction);
    if (more === undefined || clauses.length + more.length > MOST_ALTERNATIVES) return undefined;
    clauses.push(...more);
  }
  return [...new Set(clauses)].join(' || ');
}

function clausesOf(conjunction: Conjunction): readonly string[] | undefined {
  const said = conjunction.map((compare) => ({ compare, alternatives: directAlternatives(compare) }));
  const others = said.filter(({ alternatives }) => alternatives === undefined).map(({ compare }) => compare);
  const masked = maskedAlternatives(others)?.map((tests) => tests.flatMap(equalityAtoms));
  if (masked === undefined) return undefined;
  let clauses: readonly (readonly string[])[] = masked;
  for (const { alternatives = [[]] } of said) {
    if (clauses.length * alternatives.length > MOST_ALTERNATIVES) return undefined;
    clauses = alternatives.flatMap((atoms) => clauses.map((more) => [...atoms, ...more]));
  }
  return clauses.map((atoms) => [...new Set(atoms)].join(' && '));
}

/**
 * Returns alternatives of atoms for a test of all bits, or for one that some bits differ from given ones. Returns `undefined`
 * for any other test.
 */
function directAlternatives({
  argument,
  mask,
  comparison,
  value,
}: Compare): readonly (readonly string[])[] | undefined {
  const name = `arg${argument}`;
  if (mask === ALL_BITS) return [[`${name} ${comparison} ${number(value)}`]];
  if (comparison !== '!=' || (value & ~mask) !== 0n) return undefined;
  const any = mask & ~value;
  return [
    ...(any === 0n ? [] : [[`${name} & ${number(any)}`]]),
    ...bitsOf(value).map((bit) => [`${name} in ${number(ALL_BITS & ~bit)}`]),
  ];
}

/** `in` says which bits are clear, and an `&` for each that one is set. */
function equalityAtoms({ argument, mask, value }: MaskedTest): readonly string[] {
  const clear = mask & ~value;
  return [
    ...(clear === 0n ? [] : [`arg${argument} in ${number(ALL_BITS & ~clear)}`]),
    ...bitsOf(value).map((bit) => `arg${argument} & ${number(bit)}`),
  ];
}

function bitsOf(value: bigint): readonly bigint[] {
  return Array.from({ length: 64 }, (_, index) => 1n << BigInt(index)).filter((bit) => (value & bit) !== 0n);
}

function number(value: bigint): string {
  return value < 10n ? `${value}` : `0x${value.toString(16)}`;
}
