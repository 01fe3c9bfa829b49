import type { Policy } from '../policy/policy.ts';
import type { PlanBuilder } from './builder.ts';
import { data, NOT_NEGATIVE, slot, text } from './builder.ts';
import { type Field, structData } from './data.ts';

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

/** What `writable` names alone: who may write to /dev as well can put a file of its own in its place. */
const NULL_DEVICE = '/dev/null';

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
  const allow = (path: string, access: bigint, flags: string, index: number): void => {
    const where = policy.spans.get(`writable.${index}`) ?? source;
    const why = `the service may write to ${path}`;
    builder.call('openat', ['AT_FDCWD', text(path), flags, 0], {
      why,
      source: where,
      expect: NOT_NEGATIVE,
      store: 'writable',
    });
    // struct landlock_path_beneath_attr is packed: the descriptor follows the rights at once.
    const beneath = structData(
      [
        [8, access],
        [4, 0],
        [4, 0],
      ],
      [{ offset: 8, width: 4, source: { kind: 'slot', slot: 'writable' } }],
    );
    builder.call('landlock_add_rule', [slot('ruleset'), RULE_PATH_BENEATH, data(beneath, path), 0], {
      why,
      source: where,
    });
    builder.call('close', [slot('writable')], { why, source: where });
  };
  const allowNull = (index: number): void =>
    allow(NULL_DEVICE, handled & (WRITE_FILE | TRUNCATE), 'O_PATH|O_CLOEXEC', index);
  policy.writable.forEach((path, index) => {
    if (path === NULL_DEVICE) allowNull(index);
    else allow(path, handled & ~MAKE_DEVICES & ~IOCTL_DEVICE, 'O_PATH|O_DIRECTORY|O_CLOEXEC', index);
  });
  if (policy.root === undefined && !policy.writable.includes(NULL_DEVICE)) allowNull(-1);
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
