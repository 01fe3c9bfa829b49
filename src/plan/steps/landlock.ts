import type { Span } from '../../policy/diagnostic.ts';
import type { Policy } from '../../policy/policy.ts';
import type { CallOptions, PlanBuilder } from '../builder.ts';
import { data, NOT_NEGATIVE, slot, text } from '../builder.ts';
import { type Field, structData } from '../data.ts';
import type { Slot } from '../step.ts';
import { NULL_DEVICE } from './write-places.ts';

/** Rights of include/uapi/linux/landlock.h by the ABI that brought them. Reading and executing are left to the modes. */
const WRITE_FILE = 1n << 1n;
const TRUNCATE = 1n << 14n;
const WRITING: readonly { readonly abi: number; readonly rights: bigint }[] = [
  { abi: 1, rights: WRITE_FILE | 0x1ff0n },
  { abi: 2, rights: 1n << 13n },
  { abi: 3, rights: TRUNCATE },
  { abi: 5, rights: 1n << 15n },
];
const MAKE_DEVICES = (1n << 6n) | (1n << 11n);
const IOCTL_DEVICE = 1n << 15n;
const NETWORK = 3n;
const SCOPES = 3n;
const RULE_PATH_BENEATH = 1;

/** The first ABI that keeps the sessions of one service from signalling each other (Linux 6.12). */
export const REQUIRED_ABI = 6;

function rights(abi: number): bigint {
  return WRITING.filter((entry) => entry.abi <= abi).reduce((all, entry) => all | entry.rights, 0n);
}

/** One ruleset for all sessions; each that restricts itself with it is a domain of its own. */
export function createRuleset(builder: PlanBuilder, policy: Policy, abi: number): void {
  const handled = rights(abi);
  const fields: Field[] = [[8, handled]];
  if (abi >= 4) fields.push([8, policy.network === 'none' ? NETWORK : 0n]);
  if (abi >= 6) fields.push([8, SCOPES]);
  const attributes = structData(fields);
  const source = policy.spans.get('writable') ?? policy.spans.get('landlock');
  builder.call(
    'landlock_create_ruleset',
    [data(attributes, 'writing, TCP ports, signals'), attributes.bytes.length, 0],
    {
      why: 'what the service may not do to files, ports and other sessions',
      source,
      expect: NOT_NEGATIVE,
      store: 'ruleset',
    },
  );
  const named = policy.writable.indexOf(NULL_DEVICE);
  if (named >= 0 || policy.root === undefined)
    allowNull(builder, handled, policy.spans.get(`writable.${named}`) ?? source);
}

function allowNull(builder: PlanBuilder, handled: bigint, source: Span | undefined): void {
  const options = { why: `the service may write to ${NULL_DEVICE}`, source };
  builder.call('openat', ['AT_FDCWD', text(NULL_DEVICE), 'O_PATH|O_CLOEXEC', 0], {
    ...options,
    expect: NOT_NEGATIVE,
    store: 'null-device',
  });
  allow(builder, 'null-device', NULL_DEVICE, handled & (WRITE_FILE | TRUNCATE), options);
  builder.call('close', [slot('null-device')], options);
}

/** Lets the service write below a directory that is open. */
export function allowBelow(
  builder: PlanBuilder,
  directory: { readonly tree: Slot; readonly path: string; readonly source: Span | undefined },
  abi: number,
): void {
  const { tree, path, source } = directory;
  const access = rights(abi) & ~MAKE_DEVICES & ~IOCTL_DEVICE;
  allow(builder, tree, path, access, { why: `the service may write to ${path}`, source });
}

function allow(builder: PlanBuilder, opened: Slot, path: string, access: bigint, options: CallOptions): void {
  // struct landlock_path_beneath_attr is packed: the descriptor follows the rights at once.
  const beneath = structData(
    [
      [8, access],
      [4, 0],
      [4, 0],
    ],
    [{ offset: 8, width: 4, source: { kind: 'slot', slot: opened } }],
  );
  builder.call('landlock_add_rule', [slot('ruleset'), RULE_PATH_BENEATH, data(beneath, path), 0], options);
}

export function restrictSelf(builder: PlanBuilder, policy: Policy): void {
  builder.call('landlock_restrict_self', [slot('ruleset'), 0], {
    why:
      builder.phase === 'session'
        ? 'sessions cannot signal or trace each other'
        : 'the gate is held to the same',
    source: policy.spans.get('writable') ?? policy.spans.get('landlock'),
  });
}
