import type { Architecture } from '../../../kernel/architecture.ts';
import { constantValue } from '../../../kernel/constants.ts';
import { errnoNumber } from '../../../kernel/errno.ts';
import type { Span } from '../../../policy/diagnostic.ts';
import { nearest } from '../../../policy/nearest.ts';
import type { Action } from '../../action.ts';
import type { Comparison } from '../../condition.ts';
import type { Compare } from '../conjunction.ts';
import { type ForeignCondition, foreignTest } from '../foreign-condition.ts';
import { NAMESPACE_FLAGS } from '../namespace-flags.ts';
import type { Problems } from '../problems.ts';
import type { Layer, LayerTest } from './layer.ts';
import type { ListItem } from './lists.ts';

/** Source: include/uapi/linux/shm.h. */
const SHM_EXEC = 0o100000n;

const LOW_BITS = 0xffff_ffffn;

const FAMILIES: ReadonlyMap<string, string> = new Map([
  ['unix', 'AF_UNIX'],
  ['inet', 'AF_INET'],
  ['inet6', 'AF_INET6'],
  ['netlink', 'AF_NETLINK'],
  ['packet', 'AF_PACKET'],
  ['bluetooth', 'AF_BLUETOOTH'],
]);

/** Firejail's tests look at the low word of an argument. */
class Tests {
  readonly #architecture: Architecture;
  readonly #span: Span;

  constructor(architecture: Architecture, span: Span) {
    this.#architecture = architecture;
    this.#span = span;
  }

  value(name: string): bigint {
    const value = constantValue(name, this.#architecture);
    if (value === undefined) throw new RangeError(`no constant ${name}`);
    return value;
  }

  word(argument: Compare['argument'], mask: bigint, comparison: Comparison, value: bigint): ForeignCondition {
    return foreignTest(argument, 32, mask, comparison, value, this.#span);
  }

  layer(tests: readonly LayerTest[], calls: ReadonlyMap<string, Action> = new Map()): Layer {
    return { calls, tests, otherwise: { kind: 'allow' }, span: this.#span };
  }
}

/** `memory-deny-write-execute` */
export function memoryLayer(architecture: Architecture, action: Action, span: Span): Layer {
  const tests = new Tests(architecture, span);
  const both = tests.value('PROT_WRITE') | tests.value('PROT_EXEC');
  const execute = tests.value('PROT_EXEC');
  return tests.layer(
    [
      { call: 'mmap', condition: tests.word(2, both, '==', both), action },
      { call: 'mprotect', condition: tests.word(2, execute, '==', execute), action },
      { call: 'pkey_mprotect', condition: tests.word(2, execute, '==', execute), action },
      { call: 'shmat', condition: tests.word(2, SHM_EXEC, '==', SHM_EXEC), action },
    ],
    new Map([['memfd_create', action]]),
  );
}

/** `restrict-namespaces`, with a list or for all. */
export function namespaceLayer(
  items: readonly ListItem[] | undefined,
  architecture: Architecture,
  action: Action,
  span: Span,
  problems: Problems,
): Layer {
  const tests = new Tests(architecture, span);
  const kinds =
    items === undefined
      ? [...NAMESPACE_FLAGS.values()]
      : known(items, NAMESPACE_FLAGS, 'namespace', problems);
  const mask = kinds.reduce((bits, kind) => bits | tests.value(kind), 0n);
  // CLONE_NEWTIME is part of the signal number in the flags of clone.
  const cloned = mask & ~tests.value('CLONE_NEWTIME');
  const any = (argument: 0 | 1, bits: bigint): ForeignCondition => tests.word(argument, bits, '!=', 0n);
  const joined: ForeignCondition = { kind: 'or', terms: [tests.word(1, LOW_BITS, '==', 0n), any(1, mask)] };
  const enosys: Action = { kind: 'errno', errno: errnoNumber('ENOSYS') ?? 38 };
  return tests.layer(
    [
      { call: 'clone', condition: any(0, cloned), action },
      { call: 'unshare', condition: any(0, mask), action },
      { call: 'setns', condition: joined, action },
    ],
    new Map([['clone3', enosys]]),
  );
}

/** `protocol`: the families that sockets may have; others answer ENOTSUP. */
export function protocolLayer(
  items: readonly ListItem[],
  architecture: Architecture,
  span: Span,
  problems: Problems,
): Layer {
  const tests = new Tests(architecture, span);
  const families = known(items, FAMILIES, 'protocol', problems).map((name) => tests.value(name));
  const terms = families.map((family) => tests.word(0, LOW_BITS, '!=', family));
  const action: Action = { kind: 'errno', errno: errnoNumber('ENOTSUP') ?? 95 };
  return tests.layer([{ call: 'socket', condition: { kind: 'and', terms }, action }]);
}

function known(
  items: readonly ListItem[],
  names: ReadonlyMap<string, string>,
  what: string,
  problems: Problems,
): readonly string[] {
  return items.flatMap(({ text, span }) => {
    const name = names.get(text);
    if (name !== undefined) return [name];
    const close = nearest(text.slice(0, 60), names.keys());
    const help =
      close === undefined ? `there are ${[...names.keys()].join(', ')}` : `did you mean '${close}'?`;
    problems.error(`unknown-${what}`, `firejail has no ${what} '${text.slice(0, 60)}'`, span, help);
    return [];
  });
}
