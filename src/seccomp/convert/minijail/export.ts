import { syscallNumbers } from '../../../kernel/system-calls.ts';
import { type Diagnostic, hasErrors } from '../../../policy/diagnostic.ts';
import type { Action } from '../../action.ts';
import { precedence } from '../../action-value.ts';
import { ENOSYS } from '../../decision.ts';
import type { Filter } from '../../filter.ts';
import type { Exporter } from '../imported.ts';
import { normalFormTooLarge } from '../normal-form.ts';
import { Problems } from '../problems.ts';
import type { Region } from '../regions.ts';
import { namedRegions } from '../whole-filter.ts';
import { minijailExpression } from './expression.ts';

/** The answers that a file can give to calls that it does not name. */
const DEFAULTS: readonly Action['kind'][] = ['kill_process', 'kill_thread', 'trap', 'user_notif'];

/** Writes a policy of Minijail: for minijail0 where it can read it, for compile_seccomp_policy always. */
export const exportMinijail: Exporter = (filter) => {
  const problems = new Problems();
  const writer = new MinijailWriter(filter, problems);
  const lines = writer.lines();
  const { diagnostics } = problems;
  return { content: hasErrors(diagnostics) ? undefined : `${lines.join('\n')}\n`, diagnostics };
};

class MinijailWriter {
  readonly #filter: Filter;
  readonly #problems: Problems;
  /** Set when the file cannot hold the default, so that it names every call. */
  readonly #namesAll: boolean;
  #compilerOnly = false;

  constructor(filter: Filter, problems: Problems) {
    this.#filter = filter;
    this.#problems = problems;
    this.#namesAll = !DEFAULTS.includes(filter.default.kind);
  }

  lines(): readonly string[] {
    const { default: fallback, architecture } = this.#filter;
    const byCall = new Map<string, Region[]>();
    for (const region of namedRegions(this.#filter, this.#problems))
      byCall.set(region.call, [...(byCall.get(region.call) ?? []), region]);
    const names = this.#namesAll ? [...syscallNumbers(architecture).values()] : [...byCall.keys()];
    const lines = names.sort().map((call) => `${call}: ${this.#filters(byCall.get(call) ?? [])}`);
    if (this.#namesAll && precedence(fallback) >= precedence(ENOSYS)) {
      const message = 'calls without a name end the process: Minijail takes no default that is milder';
      this.#problems.loss('export-default', message, undefined, 'all calls that have a name are listed');
    }
    const kind = this.#namesAll ? 'kill_process' : fallback.kind;
    if (kind === 'trap') this.#word(fallback, undefined);
    const isPlain = kind === 'kill_process' && !this.#compilerOnly;
    return [
      `# For ${isPlain ? 'minijail0 -S and compile_seccomp_policy' : 'compile_seccomp_policy'}, ${architecture}.`,
      ...(isPlain ? [] : [`@default ${DEFAULT_WORDS.get(kind) ?? 'kill-process'}`]),
      ...lines,
    ];
  }

  /**
   * Returns the text behind the colon. A single `expression; return E` has two readings, so it is written in braces, which have
   * one.
   */
  #filters(regions: readonly Region[]): string {
    const fallback = this.#filter.default;
    const always = regions.find(({ form }) => form.some((conjunction) => conjunction.length === 0));
    if (always !== undefined) return this.#action(always.action, always.source);
    const tested = regions.map((region) => ({ region, expression: this.#expression(region) }));
    const [only, second] = tested;
    if (only === undefined) return this.#action(fallback, undefined);
    if (second === undefined && only.region.action.kind === 'allow' && !this.#namesAll)
      return only.expression;
    this.#compilerOnly = true;
    const filters = tested.map(
      ({ region, expression }) => `${expression}; ${this.#word(region.action, region.source)}`,
    );
    if (this.#namesAll) filters.push(this.#word(fallback, undefined));
    return `{ ${filters.join(', ')} }`;
  }

  #expression({ call, form, source }: Region): string {
    const expression = minijailExpression(form);
    if (expression === undefined) this.#problems.diagnostics.push(normalFormTooLarge(call, source));
    return expression ?? '';
  }

  #action(action: Action, source: Diagnostic['span']): string {
    if (action.kind === 'allow') return '1';
    this.#compilerOnly ||= action.kind !== 'errno';
    return this.#word(action, source);
  }

  #word(action: Action, source: Diagnostic['span']): string {
    if (action.kind === 'errno') return `return ${action.errno}`;
    if ((action.kind === 'trap' || action.kind === 'trace') && action.data !== 0) {
      const message = `${action.kind} carries no number in Minijail, here it carries ${action.data}`;
      this.#problems.loss('export-data', message, source);
    }
    return ACTION_WORDS[action.kind];
  }
}

const ACTION_WORDS: Readonly<Record<Exclude<Action['kind'], 'errno'>, string>> = {
  kill_process: 'kill-process',
  kill_thread: 'kill-thread',
  trap: 'trap',
  user_notif: 'user-notify',
  trace: 'trace',
  log: 'log',
  allow: 'allow',
};

const DEFAULT_WORDS: ReadonlyMap<Action['kind'], string> = new Map([
  ['kill_process', 'kill-process'],
  ['kill_thread', 'kill-thread'],
  ['trap', 'trap'],
  ['user_notif', 'user-notify'],
]);
