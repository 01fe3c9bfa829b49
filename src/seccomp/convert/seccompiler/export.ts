import { hasErrors } from '../../../policy/diagnostic.ts';
import type { Action } from '../../action.ts';
import { precedence } from '../../action-value.ts';
import { ENOSYS } from '../../decision.ts';
import { actionText } from '../../language/action-text.ts';
import type { Compare, Conjunction } from '../conjunction.ts';
import type { Exporter } from '../imported.ts';
import { maskedAlternatives } from '../masked-tests.ts';
import { normalFormTooLarge } from '../normal-form.ts';
import { Problems } from '../problems.ts';
import type { Region } from '../regions.ts';
import { namedRegions } from '../whole-filter.ts';

/** Writes a filter of seccompiler. It has two answers: one for calls that a rule matches, one for all others. */
export const exportSeccompiler: Exporter = (filter, { name }) => {
  const problems = new Problems();
  const { diagnostics } = problems;
  const regions = namedRegions(filter, problems);
  const fallback = filter.default;
  if (actionJson(fallback) === undefined)
    problems.error('export-notify', 'seccompiler has no user_notif, which is the default here', undefined);
  if (precedence(fallback) > precedence(ENOSYS)) {
    const message = 'call numbers that no release of Linux has yet are let through; here they answer ENOSYS';
    problems.loss('unknown-calls', message, undefined);
  }
  const match = matchAction(regions, fallback);
  const kept = regions.filter((region) => isMatched(region, match, fallback, problems));
  const entries = kept.flatMap((region) => entriesOf(region, problems));
  if (hasErrors(diagnostics)) return { content: undefined, diagnostics };
  const lines = [
    `"mismatch_action": ${actionJson(fallback)}`,
    `"match_action": ${actionJson(match)}`,
    `"filter": [${entries.map((entry) => `\n      ${entry}`).join(',')}\n    ]`,
  ];
  const body = lines.map((line) => `    ${line}`).join(',\n');
  return { content: `{\n  ${JSON.stringify(name)}: {\n${body}\n  }\n}\n`, diagnostics };
};

/** The mildest answer where rules let more through than the default; else the most restrictive, which denies for all. */
function matchAction(regions: readonly Region[], fallback: Action): Action {
  const sorted = regions
    .map(({ action }) => action)
    .filter((action) => actionJson(action) !== undefined)
    .sort((one, other) => precedence(one) - precedence(other));
  const mildest = sorted.at(-1);
  if (mildest !== undefined && precedence(mildest) > precedence(fallback)) return mildest;
  return sorted[0] ?? (fallback.kind === 'allow' ? { kind: 'kill_process' } : { kind: 'allow' });
}

/**
 * Returns whether a region is one of the rules. A third answer is replaced by one that is at least as restrictive, and
 * reported.
 */
function isMatched(
  { call, action, source }: Region,
  match: Action,
  fallback: Action,
  problems: Problems,
): boolean {
  if (actionText(action) === actionText(match)) {
    if ((action.kind === 'trap' && action.data !== 0) || actionJson(action) === undefined)
      problems.loss('export-data', `${call}: trap carries no number in seccompiler`, source);
    return true;
  }
  const [own, byRule] = [precedence(action), precedence(match)];
  const isRule = precedence(fallback) > own;
  if (isRule && byRule > own) {
    const help = `the answers are ${actionText(match)} and ${actionText(fallback)}; use only these`;
    const message = `${call} answers ${actionText(action)}, and seccompiler has two answers for all calls`;
    problems.error('export-two-answers', message, source, help);
  } else {
    const instead = actionText(isRule ? match : fallback);
    const message = `${call} answers ${instead} instead of ${actionText(action)}: seccompiler has two answers for all calls`;
    problems.loss('export-two-answers', message, source);
  }
  return isRule;
}

function actionJson(action: Action): string | undefined {
  switch (action.kind) {
    case 'user_notif':
      return undefined;
    case 'errno':
      return `{ "errno": ${action.errno} }`;
    case 'trace':
      return `{ "trace": ${action.data} }`;
    default:
      return JSON.stringify(action.kind);
  }
}

function entriesOf({ call, form, source }: Region, problems: Problems): readonly string[] {
  const syscall = `"syscall": ${JSON.stringify(call)}`;
  if (form.some((conjunction) => conjunction.length === 0)) return [`{ ${syscall} }`];
  const alternatives = form.map(testsOf);
  const complete = alternatives.filter((tests) => tests !== undefined);
  if (complete.length < alternatives.length) problems.diagnostics.push(normalFormTooLarge(call, source));
  const lists = complete.flat().map((tests) => `{ ${syscall}, "args": [${tests.join(', ')}] }`);
  return [...new Set(lists)];
}

const OPERATORS: Readonly<Record<Compare['comparison'], string>> = {
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
};

/** A conjunction as lists of tests: directly where seccompiler has the test, else as bits of a qword. */
function testsOf(conjunction: Conjunction): readonly (readonly string[])[] | undefined {
  const direct = conjunction.filter(isWhole).map(wholeTest);
  const rest = conjunction.filter((compare) => !isWhole(compare));
  return maskedAlternatives(rest)?.map((tests) => [
    ...direct,
    ...tests.map(({ argument, mask, value }) => test(argument, 'qword', `{ "masked_eq": ${mask} }`, value)),
  ]);
}

function isWhole({ width, mask }: Compare): boolean {
  return mask === BigInt.asUintN(width, -1n);
}

function wholeTest({ argument, width, comparison, value }: Compare): string {
  return test(argument, width === 32 ? 'dword' : 'qword', `"${OPERATORS[comparison]}"`, value);
}

/** Numbers are written from their digits: a JavaScript number would lose the last ones. */
function test(index: number, type: string, op: string, value: bigint): string {
  return `{ "index": ${index}, "type": "${type}", "op": ${op}, "val": ${value} }`;
}
