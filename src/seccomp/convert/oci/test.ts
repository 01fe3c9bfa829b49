import type { Span } from '../../../policy/diagnostic.ts';
import { nearest } from '../../../policy/nearest.ts';
import type { Comparison } from '../../condition.ts';
import type { Compare } from '../conjunction.ts';
import type { JsonObject } from '../json.ts';
import { JsonFields } from '../json-fields.ts';
import type { Problems } from '../problems.ts';

/** One object of `args`. */
export interface OciTest {
  readonly compare: Compare;
  /** With a mask: the bits of the wanted value that the mask takes away. Readers disagree about such a test. */
  readonly beyondMask: boolean;
  readonly span: Span;
}

const COMPARISONS: ReadonlyMap<string, Comparison> = new Map([
  ['SCMP_CMP_NE', '!='],
  ['SCMP_CMP_LT', '<'],
  ['SCMP_CMP_LE', '<='],
  ['SCMP_CMP_EQ', '=='],
  ['SCMP_CMP_GE', '>='],
  ['SCMP_CMP_GT', '>'],
]);
const MASKED = 'SCMP_CMP_MASKED_EQ';

const ARGUMENTS: readonly Compare['argument'][] = [0, 1, 2, 3, 4, 5];
const ALL_BITS = 0xffff_ffff_ffff_ffffn;

/**
 * Reads a test. All tests compare 64 bits, regardless of the argument's width. In a masked test, `value` is the mask and
 * `valueTwo` the value, 0 when absent, as in libseccomp's SCMP_CMP.
 */
export function readTest(object: JsonObject, problems: Problems): OciTest | undefined {
  const fields = new JsonFields(object, problems);
  fields.refuseOthers(['index', 'value', 'valueTwo', 'op']);
  const before = problems.diagnostics.length;
  const index = fields.unsigned('index', 32) ?? 0n;
  const value = fields.unsigned('value', 64) ?? 0n;
  const second = fields.unsigned('valueTwo', 64) ?? 0n;
  const op = fields.of('op', 'text');
  const argument = ARGUMENTS[Number(index)];
  if (argument === undefined) {
    const span = object.members.get('index')?.value.span;
    problems.error('oci-argument', `'index' is 0 to 5, found ${index}`, span);
  }
  if (op === undefined)
    problems.error('oci-test', "a test has no 'op'", object.span, "such as 'SCMP_CMP_EQ'");
  const comparison = op?.value === MASKED ? '==' : COMPARISONS.get(op?.value ?? '');
  if (op !== undefined && comparison === undefined) {
    const known = [...COMPARISONS.keys(), MASKED];
    const close = nearest(op.value, known);
    const help = close === undefined ? `operators are ${known.join(', ')}` : `did you mean '${close}'?`;
    problems.error('oci-test', `no operator is called '${op.value.slice(0, 40)}'`, op.span, help);
  }
  if (argument === undefined || comparison === undefined || problems.diagnostics.length > before)
    return undefined;
  const masked = op?.value === MASKED;
  const mask = masked ? value : ALL_BITS;
  const wanted = masked ? second : value;
  return {
    compare: { kind: 'compare', argument, width: 64, mask, comparison, value: wanted & mask },
    beyondMask: (wanted & ~mask) !== 0n,
    span: object.span,
  };
}
