import { isDeepStrictEqual } from 'node:util';
import { parseDocument } from 'yaml';
import { seccomp } from '../../src/policy/keys/seccomp.ts';
import type { ServiceEvent } from './serving.ts';

/** The changes that events propose. */
export interface Proposal {
  /** Lines for `seccomp.rules`. */
  readonly allow: readonly string[];
  /** Other keys, with dots where they are inside another, and their values. */
  readonly keys: readonly (readonly [string, unknown])[];
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** Everything that the events of a round propose, as they say it. */
export function proposalOf(events: readonly ServiceEvent[]): Proposal {
  return {
    allow: [...new Set(events.flatMap(({ allow }) => texts(allow)))],
    keys: events.flatMap((event) =>
      event['event'] === 'exec-refused' ? [['exec', 'allow'] as const] : entries(event['keys']),
    ),
  };
}

/** Keys that are lists. */
const LISTS: ReadonlySet<string> = new Set(['writable', 'write-and-run', 'capabilities', 'groups']);

/** A value as it is written; the user knows what a text such as "a directory" stands for. */
function literal(key: string, value: unknown, data: string): unknown {
  const known = value === 'a directory' ? data : value;
  return LISTS.has(key) ? [known].flat() : known;
}

/** A list takes in another, a mapping the entries of another; everything else is replaced. */
function merged(old: unknown, value: unknown): unknown {
  if (Array.isArray(old)) return [...new Set([...old, ...[value].flat()])];
  if (typeof old === 'object' && old !== null && typeof value === 'object' && value !== null)
    return { ...old, ...value };
  return value;
}

/** A policy with what is proposed, taken literally, and the new parts of it in the words of the events. */
export interface Changed {
  readonly text: string;
  readonly added: readonly string[];
}

export function withProposal(policy: string, { allow, keys }: Proposal, data: string): Changed {
  const document = parseDocument(policy, { schema: 'core' });
  const valueAt = (path: readonly string[]): unknown =>
    path.reduce<unknown>((at, name) => Object(at)[name], document.toJS());
  const rules = valueAt(['seccomp', 'rules']) ?? seccomp.schema.parse({}).rules;
  const lines = allow.filter((rule) => !texts(rules).includes(rule));
  if (lines.length > 0)
    document.setIn(['seccomp', 'rules'], document.createNode([...texts(rules), ...lines]));
  const added = [...lines];
  for (const [key, value] of keys) {
    const path = key.split('.');
    const old = valueAt(path);
    const now = merged(old, literal(key, value, data));
    if (isDeepStrictEqual(old, now)) continue;
    document.setIn(path, document.createNode(now));
    added.push(`${key}: ${[value].flat().join(', ')}`);
  }
  return { text: document.toString({ lineWidth: 0 }), added };
}
