import { architectureOf } from '../../kernel/architecture.ts';
import { actionText } from '../language/action-text.ts';
import { conditionText } from '../language/condition-text.ts';
import { callNames } from '../lift/call-names.ts';
import type { Addresses } from '../lift/lift-calls.ts';
import type { Difference } from './diff-filters.ts';

/** A line of the comparison: the calls, and both answers to them. */
export interface DifferenceText {
  readonly direction: Difference['direction'];
  /** Calls with one condition, as rules spell them; with an example where no rule could. */
  readonly calls: readonly string[];
  readonly before: string;
  readonly after: string;
  /** The architecture, where it is not the one that is compared. */
  readonly architecture: string | undefined;
  /** Addresses behind the instruction that makes the call, where it matters. */
  readonly from: string | undefined;
}

/** The differences in words, those that are alike in one. */
export function differenceTexts(
  differences: readonly Difference[],
  architecture: NonNullable<ReturnType<typeof architectureOf>>,
): readonly DifferenceText[] {
  const texts = new Map<string, DifferenceText & { readonly calls: string[] }>();
  for (const difference of differences) {
    const own = architectureOf(difference.architectures.first);
    const line = {
      direction: difference.direction,
      before: actionText(difference.before),
      after: actionText(difference.after),
      architecture: own === architecture ? undefined : architecturesText(difference.architectures),
      from: difference.from === undefined ? undefined : difference.from.map(addressesText).join(', '),
    };
    const key = Object.values(line).join('\n');
    const known = texts.get(key) ?? { ...line, calls: [] };
    texts.set(key, known);
    for (const name of callNames(difference, own)) {
      known.calls.push(callText(name, difference, own ?? architecture));
    }
  }
  return [...texts.values()];
}

function callText(
  name: string,
  { condition, isWhole }: Difference,
  architecture: NonNullable<ReturnType<typeof architectureOf>>,
): string {
  if (condition.kind === 'true') return name;
  const text = conditionText(condition, name, architecture);
  return isWhole ? `${name}(${text})` : `${name} for arguments that no rule could say, such as (${text})`;
}

function hexadecimal(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

function architecturesText({ first, last }: Difference['architectures']): string {
  return first === last
    ? (architectureOf(first) ?? `arch ${hexadecimal(first)}`)
    : `arch ${hexadecimal(first)}..${hexadecimal(last)}`;
}

function addressesText({ first, last }: Addresses): string {
  return first === last ? hexadecimal(first) : `${hexadecimal(first)}..${hexadecimal(last)}`;
}
