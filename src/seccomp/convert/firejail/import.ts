import { errnoNumber } from '../../../kernel/errno.ts';
import { syscallNumber } from '../../../kernel/system-calls.ts';
import { nearest } from '../../../policy/nearest.ts';
import type { Action } from '../../action.ts';
import { precedence } from '../../action-value.ts';
import { bareNumber } from '../../call-number.ts';
import { ForeignCalls } from '../foreign-calls.ts';
import { ForeignError } from '../foreign-tokens.ts';
import type { Imported, Importer, ImportOptions } from '../imported.ts';
import { Problems } from '../problems.ts';
import { sourceText } from '../source-text.ts';
import type { Layer } from './layer.ts';
import { dropLayer, keepLayer } from './lists.ts';
import { type Command, ProfileReader } from './profile.ts';
import { memoryLayer, namespaceLayer, protocolLayer } from './restrictions.ts';

/** Names of commands that are about calls, for typing errors. */
const FILTER_COMMANDS = [
  'seccomp',
  'seccomp.drop',
  'seccomp.keep',
  'seccomp-error-action',
  'memory-deny-write-execute',
  'restrict-namespaces',
  'protocol',
  'allow-debuggers',
] as const;

/** Reads a profile of firejail, or its options as on a command line. */
export const importFirejail: Importer = (source, options) => {
  const problems = new Problems();
  const text = sourceText(source, problems);
  if (text === undefined) return { filter: undefined, diagnostics: problems.diagnostics };
  const reader = new ProfileReader(options, problems);
  try {
    reader.read(text, options.file);
  } catch (error) {
    if (!(error instanceof ForeignError)) throw error;
    return { filter: undefined, diagnostics: [...problems.diagnostics, error.problem] };
  }
  return stackLayers(layersOf(reader.commands, options, problems), options, problems);
};

function layersOf(
  commands: readonly Command[],
  options: ImportOptions,
  problems: Problems,
): readonly Layer[] {
  const { architecture } = options;
  const denial = errorAction(commands, problems);
  const debuggers = commands.some(({ name }) => name === 'allow-debuggers');
  const defaults = debuggers ? '@default' : '@default-nodebuggers';
  const layers: Layer[] = [];
  const others = new Map<string, Command>();
  for (const command of commands) {
    const { name, items, span } = command;
    const listed = items ?? [];
    if (name === 'seccomp') layers.push(dropLayer(defaults, listed, denial, span, problems));
    else if (name === 'seccomp.drop' || name === 'seccomp.keep') {
      if (listed.length === 0) problems.error('empty-list', `'${name}' takes a list of calls`, span);
      else if (name === 'seccomp.drop') layers.push(dropLayer(undefined, listed, denial, span, problems));
      else layers.push(keepLayer(listed, denial, span, problems));
    } else if (name === 'memory-deny-write-execute') layers.push(memoryLayer(architecture, denial, span));
    else if (name === 'restrict-namespaces')
      layers.push(namespaceLayer(items, architecture, denial, span, problems));
    else if (name === 'protocol') layers.push(protocolLayer(listed, architecture, span, problems));
    else if (/^seccomp\.32|^seccomp\.block-secondary$/.test(name))
      problems.loss(
        'other-machines',
        `calls of other machines kill the process, so '${name}' is not carried over`,
        span,
      );
    else if (name !== 'seccomp-error-action' && name !== 'allow-debuggers')
      others.set(name, others.get(name) ?? command);
  }
  reportLists(commands, problems);
  reportOthers(others, problems);
  return layers;
}

/** Returns the answer to denied calls: EPERM by default, else the one of the profile. The last command counts. */
function errorAction(commands: readonly Command[], problems: Problems): Action {
  const command = commands.findLast(({ name }) => name === 'seccomp-error-action');
  const eperm: Action = { kind: 'errno', errno: 1 };
  if (command === undefined) return eperm;
  const [item] = command.items ?? [];
  if (item?.text === 'kill') return { kind: 'kill_thread' };
  if (item?.text === 'log') return { kind: 'log' };
  const errno = item === undefined ? undefined : errnoNumber(item.text);
  if (errno !== undefined) return { kind: 'errno', errno };
  problems.error(
    'unknown-errno',
    "'seccomp-error-action' takes kill, log or an errno by name",
    item?.span ?? command.span,
  );
  return eperm;
}

/** Firejail takes one list of each kind, and no `seccomp.drop` beside a `seccomp.keep`. */
function reportLists(commands: readonly Command[], problems: Problems): void {
  for (const name of ['seccomp', 'seccomp.drop', 'seccomp.keep', 'protocol']) {
    for (const { span } of commands.filter((command) => command.name === name).slice(1))
      problems.loss(
        'several-lists',
        `firejail joins or replaces the lists of '${name}'; here all of them hold`,
        span,
      );
  }
  const keep = commands.find(({ name }) => name === 'seccomp.keep');
  const drop = commands.find(({ name }) => name === 'seccomp' || name === 'seccomp.drop');
  if (keep !== undefined && drop !== undefined)
    problems.loss(
      'several-lists',
      "firejail disregards this list beside 'seccomp.keep'; here both hold",
      drop.span,
    );
}

function reportOthers(others: ReadonlyMap<string, Command>, problems: Problems): void {
  const [first] = others.values();
  if (first === undefined) return;
  for (const { name, span } of others.values()) {
    const close = nearest(name.slice(0, 60), FILTER_COMMANDS);
    if (close !== undefined && name.startsWith('s'))
      problems.error(
        'unknown-command',
        `no command is called '${name.slice(0, 60)}'`,
        span,
        `did you mean '${close}'?`,
      );
  }
  const names = [...others.keys()].map((name) => name.slice(0, 40));
  const message = `what says nothing about calls is not carried over: ${names.slice(0, 12).join(', ')}${names.length > 12 ? ` and ${names.length - 12} more` : ''}`;
  const help =
    'a policy says of its own who runs the service, and what it sees: user, capabilities, root, writable, network';
  problems.loss('not-a-filter', message, first.span, help);
}

/** The most restrictive answer of all filters, for every call that one of them speaks of. */
function stackLayers(layers: readonly Layer[], options: ImportOptions, problems: Problems): Imported {
  const [first] = layers;
  if (first === undefined) {
    problems.error(
      'no-filter',
      'nothing here loads a filter',
      undefined,
      `commands about calls are ${FILTER_COMMANDS.join(', ')}`,
    );
    return { filter: undefined, diagnostics: problems.diagnostics };
  }
  const fallback = strictest(layers.map(({ otherwise }) => otherwise));
  const names = new Set(
    layers.flatMap(({ calls, tests }) => [...calls.keys(), ...tests.map(({ call }) => call)]),
  );
  const stack = new ForeignCalls(options, problems);
  for (const call of names) {
    const number = bareNumber(call);
    // Lists name the calls of many machines.
    if (number === undefined && syscallNumber(call, options.architecture) === undefined) continue;
    const name = number === undefined ? call : BigInt(number);
    const base = strictest(layers.map(({ calls, otherwise }) => calls.get(call) ?? otherwise));
    const tests = layers
      .flatMap((layer) => layer.tests.map((test) => ({ ...test, span: layer.span })))
      .filter((test) => test.call === call)
      .map(({ condition, action, span }) => ({
        condition,
        action: strictest([action, base]),
        comment: undefined,
        span,
      }))
      .sort((one, other) => precedence(one.action) - precedence(other.action));
    for (const test of tests) stack.add({ name, span: test.span }, test);
    const { span } = first;
    stack.add({ name, span }, { condition: { kind: 'true' }, action: base, comment: undefined, span });
  }
  return stack.imported(fallback, first.span);
}

/** Of equally restrictive ones the first. */
function strictest(actions: readonly Action[]): Action {
  return actions.reduce((worst, action) => (precedence(action) < precedence(worst) ? action : worst));
}
