import { checkCombinations, type KeysOfFile } from './combinations.ts';
import { type Diagnostic, hasErrors, type Span } from './diagnostic.ts';
import { type Place, type PolicyDocument, readDocument } from './document.ts';
import { defaultFileSize } from './file-size.ts';
import { defaultIdleMs } from './idle-time.ts';
import type { PolicyKey } from './keys/key.ts';
import { POLICY_KEYS, type PolicyValues } from './keys/registry.ts';
import { isMapping } from './mapping.ts';
import type { PlainValues, Policy } from './policy.ts';
import { readValues } from './read-values.ts';
import type { RuleText, SeccompPolicy } from './seccomp-policy.ts';

export interface ParseOptions {
  /** True, also when absent, to refuse a policy without `listen`. */
  readonly requireListen?: boolean;
}

export interface ParsedPolicy {
  /** Undefined only when a diagnostic is an error. */
  readonly policy: Policy | undefined;
  /** The filter, where it can be read: its rules can be checked also when other keys are wrong. */
  readonly seccomp: SeccompPolicy | undefined;
  /**
   * The policy with wrong keys at their defaults, where those that name accounts and files are right: only to look
   * for more problems on the host.
   */
  readonly draft: Policy | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads the text of a policy. Every problem is reported, at its place, in the order of the file; `file` only names it. */
export function parsePolicy(text: string, file: string, options: ParseOptions = {}): ParsedPolicy {
  return parseDocument(readDocument(text, file), file, options);
}

/** The same for a document: a file, flags, or flags over a file. `file`: the name for problems without a place. */
export function parseDocument(
  document: PolicyDocument,
  file: string,
  options: ParseOptions = {},
): ParsedPolicy {
  if (document.value === undefined) return { ...NOTHING, diagnostics: document.diagnostics };
  const start: Span = { file, line: 1, column: 1, length: 1 };
  const diagnostics: Diagnostic[] = [...document.diagnostics];
  if (!isMapping(document.value)) {
    const message = document.value === null ? 'the policy is empty' : 'a policy is a mapping of keys';
    const span = document.places.get('')?.value ?? start;
    diagnostics.push({
      code: 'policy-form',
      severity: 'error',
      message,
      span,
      help: 'begin with portcullis: 1',
    });
    return { ...NOTHING, diagnostics };
  }
  const { values, refused, problems } = readValues(document.value, document.settled);
  for (const { path, at, ...problem } of problems) {
    const span = placeOf(document, path.map(String).join('.'), at, problem.code === 'missing-key') ?? start;
    diagnostics.push({ ...problem, severity: 'error', span });
  }
  const keys: KeysOfFile = {
    written: (path) => document.places.has(path),
    refused: (path) => refused.has(path),
  };
  for (const { path, ...combination } of checkCombinations(values, keys, options.requireListen ?? true)) {
    diagnostics.push({ ...combination, span: placeOf(document, path, 'value', path === '') ?? start });
  }
  diagnostics.sort(
    (left, right) => (left.span?.line ?? 0) - (right.span?.line ?? 0) || column(left) - column(right),
  );
  const isAccepted = ({ about = [] }: Diagnostic): boolean =>
    about.length > 0 && about.every((name) => values.accept?.has(name) === true);
  const complete = !hasErrors(diagnostics.filter((each) => !isAccepted(each))) && isComplete(values);
  const seccomp = values.seccomp === undefined ? undefined : filterOf(values.seccomp, document);
  const policy = complete ? assemble(values, document, file) : undefined;
  return { policy, seccomp, draft: policy ?? draftOf(values, document, file), diagnostics };
}

const NOTHING = { policy: undefined, seccomp: undefined, draft: undefined } as const;

const KEYS: readonly (readonly [string, PolicyKey])[] = Object.entries(POLICY_KEYS);

function draftOf(values: Partial<PolicyValues>, document: PolicyDocument, file: string): Policy | undefined {
  const missing = KEYS.filter(([name]) => !(name in values));
  if (missing.some(([, key]) => key.isOnHost)) return undefined;
  const defaults = missing.map(([name, { schema }]) => [name, schema.safeParse(undefined).data] as const);
  const filled: Partial<PolicyValues> = { ...values, ...Object.fromEntries(defaults) };
  return isComplete(filled) ? assemble(filled, document, file) : undefined;
}

/** The place of a path, or of the innermost part of it that is written. */
function placeOf(
  document: PolicyDocument,
  path: string,
  at: 'key' | 'value',
  missing: boolean,
): Span | undefined {
  const place = innermost(document.places, path);
  if (place === undefined || (missing && place === document.places.get(''))) return undefined;
  return at === 'key' ? (place.key ?? place.value) : place.value;
}

function innermost(places: ReadonlyMap<string, Place>, path: string): Place | undefined {
  for (let rest = path; rest !== ''; rest = rest.slice(0, Math.max(0, rest.lastIndexOf('.')))) {
    const place = places.get(rest);
    if (place !== undefined) return place;
  }
  return undefined;
}

function isComplete(values: Partial<PolicyValues>): values is PolicyValues {
  return KEYS.every(([name]) => name in values);
}

function assemble(values: PolicyValues, document: PolicyDocument, file: string): Policy {
  const { portcullis, seccomp, listen, run, ...others } = values;
  const plain = plainValues(others);
  const [program = '', ...args] = run;
  const fsize = document.places.has('rlimits.fsize') ? plain.rlimits.fsize : defaultFileSize(values);
  const idleMs = document.places.has('limits.idle') ? plain.limits.idleMs : defaultIdleMs(values);
  return {
    ...plain,
    rlimits: { ...plain.rlimits, fsize },
    limits: { ...plain.limits, idleMs },
    file,
    listen: listen ?? [],
    run: [program, ...args],
    seccomp: filterOf(seccomp, document),
    spans: spansOf(document, listen?.length ?? 0),
  };
}

/** The values under their names in {@link Policy}: `listenFds` for `listen-fds`. */
function plainValues(values: Omit<PolicyValues, 'portcullis' | 'seccomp' | 'listen' | 'run'>): PlainValues {
  const camelCase = (key: string): string =>
    key.replace(/-(.)/g, (_dash, letter: string) => letter.toUpperCase());
  const entries = Object.entries(values).map(([key, value]) => [camelCase(key), value]);
  return Object.fromEntries(entries) as PlainValues;
}

function filterOf(seccomp: PolicyValues['seccomp'], document: PolicyDocument): SeccompPolicy {
  const textAt = (text: string, path: string): RuleText => ({ text, span: document.places.get(path)?.value });
  const rules = (texts: readonly string[], path: string): readonly RuleText[] =>
    texts.map((text, index) => textAt(text, `${path}.${index}`));
  return {
    default: textAt(seccomp.default, 'seccomp.default'),
    kernel: seccomp.kernel === undefined ? undefined : textAt(seccomp.kernel, 'seccomp.kernel'),
    rules: rules(seccomp.rules, 'seccomp.rules'),
    groups: new Map(
      Object.entries(seccomp.groups).map(([name, texts]) => [name, rules(texts, `seccomp.groups.${name}`)]),
    ),
    weights:
      seccomp.weights &&
      new Map(
        Object.entries(seccomp.weights).map(([name, count]) => [
          name,
          { count, span: document.places.get(`seccomp.weights.${name}`)?.key },
        ]),
      ),
    report: seccomp.report,
    reportSpan: document.places.get('seccomp.report')?.value,
    span: (document.places.get('seccomp.rules') ?? document.places.get('seccomp'))?.value,
  };
}

/** A single address has the place of an item of the list, as if it were one. */
function spansOf(document: PolicyDocument, addresses: number): ReadonlyMap<string, Span> {
  const spans = new Map([...document.places].map(([path, place]) => [path, place.value]));
  spans.delete('');
  const listen = spans.get('listen');
  if (listen !== undefined && addresses === 1 && !spans.has('listen.0')) spans.set('listen.0', listen);
  return spans;
}

function column(diagnostic: Diagnostic): number {
  return diagnostic.span?.column ?? 0;
}
