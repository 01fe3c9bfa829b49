import type { Span } from '../../../policy/diagnostic.ts';
import type { Comparison } from '../../condition.ts';
import { argumentIndex, type ForeignCondition, foreignTest } from '../foreign-condition.ts';
import type { JsonObject } from '../json.ts';
import { JsonFields } from '../json-fields.ts';
import type { Problems } from '../problems.ts';

/** One entry of a filter. */
export interface SeccompilerRule {
  readonly call: { readonly name: string; readonly span: Span };
  /** `undefined`: any call of this name. */
  readonly condition: ForeignCondition | undefined;
  readonly comment: string | undefined;
  readonly span: Span;
}

const ALL_BITS = 0xffff_ffff_ffff_ffffn;

const OPERATORS: ReadonlyMap<string, Comparison> = new Map<string, Comparison>([
  ['eq', '=='],
  ['ne', '!='],
  ['lt', '<'],
  ['le', '<='],
  ['gt', '>'],
  ['ge', '>='],
]);

/** Reads one entry; `undefined` when something in it is wrong, which is reported. */
export function seccompilerRule(object: JsonObject, problems: Problems): SeccompilerRule | undefined {
  const before = problems.diagnostics.length;
  const fields = new JsonFields(object, problems);
  fields.refuseOthers(['syscall', 'args', 'comment']);
  const name = fields.of('syscall', 'text');
  const args = fields.of('args', 'list');
  const tests = (args?.items ?? [])
    .flatMap((item) => fields.expect(item, 'object', "an item of 'args'") ?? [])
    .map((test) => readTest(test, problems));
  if (name === undefined) {
    if (problems.diagnostics.length === before)
      problems.error('missing-key', "an entry has a 'syscall'", object.span);
    return undefined;
  }
  if (args?.items.length === 0) {
    const help = "leave 'args' out where every call matches";
    problems.error('empty-list', "seccompiler refuses an empty 'args'", args.span, help);
    return undefined;
  }
  const known = tests.filter((test) => test !== undefined);
  if (known.length < (args?.items.length ?? 0)) return undefined;
  return {
    call: { name: name.value, span: name.span },
    condition: args === undefined ? undefined : { kind: 'and', terms: known },
    comment: fields.of('comment', 'text')?.value,
    span: object.span,
  };
}

function readTest(object: JsonObject, problems: Problems): ForeignCondition | undefined {
  const before = problems.diagnostics.length;
  const fields = new JsonFields(object, problems);
  fields.refuseOthers(['index', 'arg_index', 'type', 'arg_type', 'op', 'val', 'comment']);
  const number = fields.unsigned('index', 8) ?? fields.unsigned('arg_index', 8);
  const type = fields.of('type', 'text') ?? fields.of('arg_type', 'text');
  const value = fields.unsigned('val', 64);
  const operator = readOperator(object, problems);
  const argument = number === undefined ? undefined : argumentIndex(Number(number));
  if (number !== undefined && argument === undefined)
    problems.error('unknown-argument', 'a call has the arguments 0 to 5', object.span);
  const width = type?.value === 'dword' ? 32 : type?.value === 'qword' ? 64 : undefined;
  if (type !== undefined && width === undefined)
    problems.error('json-value', '\'type\' is "dword" or "qword"', type.span);
  if (argument === undefined || width === undefined || value === undefined || operator === undefined) {
    if (problems.diagnostics.length === before)
      problems.error('missing-key', "a test has 'index', 'type', 'op' and 'val'", object.span);
    return undefined;
  }
  // A dword is compared with the low word of the number.
  const { comparison, mask } = operator;
  const cut = BigInt.asUintN(width, value & mask);
  return foreignTest(argument, width, mask, comparison, cut, object.span);
}

function readOperator(
  object: JsonObject,
  problems: Problems,
): { readonly comparison: Comparison; readonly mask: bigint } | undefined {
  const value = object.members.get('op')?.value;
  if (value === undefined) return undefined;
  const comparison = value.kind === 'text' ? OPERATORS.get(value.value) : undefined;
  if (comparison !== undefined) return { comparison, mask: ALL_BITS };
  if (value.kind === 'object' && [...value.members.keys()].join() === 'masked_eq') {
    const mask = new JsonFields(value, problems).unsigned('masked_eq', 64);
    return mask === undefined ? undefined : { comparison: '==', mask };
  }
  const help = `operators are ${[...OPERATORS.keys()].join(', ')} and {"masked_eq": MASK}`;
  problems.error('unknown-operator', 'this is no operator', value.span, help);
  return undefined;
}
