import type { Action } from '../../action.ts';
import { precedence } from '../../action-value.ts';
import { actionText } from '../../language/action-text.ts';
import { sourceComment } from '../first-match.ts';
import { ForeignCalls } from '../foreign-calls.ts';
import type { Imported, Importer, ImportOptions } from '../imported.ts';
import { type JsonObject, type JsonValue, readJson } from '../json.ts';
import { JsonFields } from '../json-fields.ts';
import { Problems } from '../problems.ts';
import { sourceText } from '../source-text.ts';
import { seccompilerAction } from './action.ts';
import { type SeccompilerRule, seccompilerRule } from './rule.ts';

/** Both names that seccompiler takes for the answers without and with a matching rule. */
const MISMATCH = ['mismatch_action', 'default_action'] as const;
const MATCH = ['match_action', 'filter_action'] as const;

/** Reads one filter of seccompiler's JSON, which holds one for each kind of thread. */
export const importSeccompiler: Importer = (source, options) => {
  const problems = new Problems();
  const failed = (): Imported => ({ filter: undefined, diagnostics: problems.diagnostics });
  const text = sourceText(source, problems);
  if (text === undefined) return failed();
  const { value, problem } = readJson(text, options.file);
  if (value === undefined) return { filter: undefined, diagnostics: [problem] };
  const chosen = chooseFilter(value, options, problems);
  return chosen === undefined ? failed() : (readFilter(chosen, options, problems) ?? failed());
};

/** The one filter of the file, or the one that is asked for. */
function chooseFilter(value: JsonValue, options: ImportOptions, problems: Problems): JsonObject | undefined {
  const members = value.kind === 'object' ? value.members : undefined;
  const names = [...(members?.keys() ?? [])];
  const listed = names.map((name) => name.slice(0, 40)).join(', ');
  const [name = ''] = options.section === undefined ? names : [options.section];
  const member = members?.get(name);
  if (members === undefined || names.length === 0) {
    problems.error('no-filter', 'a file of seccompiler is an object of filters by name', value.span);
  } else if (options.section === undefined && names.length > 1) {
    const help = `say which with --section: ${listed}`;
    problems.error(
      'several-filters',
      `the file holds ${names.length} filters, a policy has one`,
      value.span,
      help,
    );
  } else if (member?.value.kind !== 'object') {
    const message = member === undefined ? `no filter is called '${name}'` : 'a filter is a JSON object';
    problems.error('no-filter', message, member?.value.span ?? value.span, `there are: ${listed}`);
  } else return member.value;
  return undefined;
}

function readFilter(object: JsonObject, options: ImportOptions, problems: Problems): Imported | undefined {
  const fields = new JsonFields(object, problems);
  fields.refuseOthers([...MISMATCH, ...MATCH, 'filter']);
  const fallback = readAction(object, MISMATCH, problems);
  const action = readAction(object, MATCH, problems);
  const entries = fields.of('filter', 'list');
  if (entries === undefined) problems.error('missing-key', "a filter has the list 'filter'", object.span);
  const rules = (entries?.items ?? [])
    .flatMap((item) => fields.expect(item, 'object', "an item of 'filter'") ?? [])
    .flatMap((rule) => seccompilerRule(rule, problems) ?? []);
  if (fallback === undefined || action === undefined) return undefined;
  if (actionText(fallback) === actionText(action)) {
    problems.error(
      'same-actions',
      'both actions are the same, so that the rules decide nothing',
      object.span,
    );
  }
  const calls = new ForeignCalls(options, problems);
  for (const { call, condition, comment, span } of countingRules(rules, fallback, action, problems)) {
    calls.add(call, {
      condition: condition ?? { kind: 'true' },
      action,
      comment: comment === undefined ? undefined : sourceComment(span, comment, options.file),
      span,
    });
  }
  return calls.imported(fallback, object.span);
}

function readAction(object: JsonObject, names: readonly string[], problems: Problems): Action | undefined {
  const members = names.flatMap((name) => object.members.get(name) ?? []);
  const [member, second] = members;
  if (member === undefined)
    problems.error('missing-key', `a filter has '${names.join("' or '")}'`, object.span);
  if (second !== undefined)
    problems.error('same-key', `'${names.join("' and '")}' are two names of one key`, second.key);
  return member === undefined ? undefined : seccompilerAction(member.value, problems);
}

/** In seccompiler an entry without tests does not count beside entries of the same call that have some. */
function countingRules(
  rules: readonly SeccompilerRule[],
  fallback: Action,
  action: Action,
  problems: Problems,
): readonly SeccompilerRule[] {
  const tested = new Set(
    rules.filter(({ condition }) => condition !== undefined).map(({ call }) => call.name),
  );
  return rules.filter(({ call, condition }) => {
    if (condition !== undefined || !tested.has(call.name)) return true;
    const allows = precedence(action) > precedence(fallback);
    const taken = allows ? 'it is left out here as well' : 'here it counts, because it denies';
    const message = `seccompiler ignores this entry, because others of ${call.name} have tests: ${taken}`;
    problems.loss('rule-ignored', message, call.span, 'leave out the entry, or those with tests');
    return !allows;
  });
}
