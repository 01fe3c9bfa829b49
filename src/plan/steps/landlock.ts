import { constantBits, constantNumber } from '../../kernel/constants.ts';
import { landlockBits } from '../../kernel/landlock-abi.ts';
import type { Span } from '../../policy/diagnostic.ts';
import type { Policy } from '../../policy/policy.ts';
import type { CallOptions, PlanBuilder } from '../builder.ts';
import { data, NOT_NEGATIVE, slot, text } from '../builder.ts';
import { type Field, structData } from '../data.ts';
import type { Slot } from '../step.ts';
import { NULL_DEVICE } from './write-places.ts';

/** The rights that apply to files but not to directories. */
const OF_FILES = constantBits('LANDLOCK_ACCESS_FS_WRITE_FILE|LANDLOCK_ACCESS_FS_TRUNCATE');
/** The rights about devices: no directory of a service has any. */
const OF_DEVICES = constantBits(
  'LANDLOCK_ACCESS_FS_MAKE_CHAR|LANDLOCK_ACCESS_FS_MAKE_BLOCK|LANDLOCK_ACCESS_FS_IOCTL_DEV',
);

const PATH_BENEATH = constantNumber('LANDLOCK_RULE_PATH_BENEATH');

/** Makes one ruleset for all sessions; each session that restricts itself with it is a separate domain. */
export function createRuleset(builder: PlanBuilder, policy: Policy, abi: number): void {
  const handled = landlockBits(abi, 'writing') ?? 0n;
  const [ports, scopes] = [landlockBits(abi, 'ports'), landlockBits(abi, 'scopes')];
  // struct landlock_ruleset_attr, as long as the kernel knows it.
  const fields: Field[] = [[8, handled]];
  if (ports !== undefined) fields.push([8, policy.network === 'none' ? ports : 0n]);
  if (scopes !== undefined) fields.push([8, scopes]);
  const attributes = structData(fields);
  const source = policy.spans.get('writable') ?? policy.spans.get('landlock');
  builder.call(
    'landlock_create_ruleset',
    [data(attributes, 'writing, TCP ports, signals'), attributes.bytes.length, 0],
    {
      why: 'the access to files, ports and other sessions that Landlock denies',
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
  allow(builder, 'null-device', NULL_DEVICE, handled & OF_FILES, options);
  builder.call('close', [slot('null-device')], options);
}

/** The rights over a terminal, and over the directory of them: writing, and the settings. */
const OF_TERMINALS = constantBits('LANDLOCK_ACCESS_FS_WRITE_FILE|LANDLOCK_ACCESS_FS_IOCTL_DEV');

/** Lets the service write to a terminal that is open, and control it. */
export function allowTerminal(
  builder: PlanBuilder,
  terminal: { readonly opened: Slot; readonly path: string; readonly options: CallOptions },
  abi: number,
): void {
  const { opened, path, options } = terminal;
  allow(builder, opened, path, (landlockBits(abi, 'writing') ?? 0n) & OF_TERMINALS, options);
}

/** Lets the service write below a directory that is open. */
export function allowBelow(
  builder: PlanBuilder,
  directory: { readonly tree: Slot; readonly path: string; readonly source: Span | undefined },
  abi: number,
): void {
  const { tree, path, source } = directory;
  const access = (landlockBits(abi, 'writing') ?? 0n) & ~OF_DEVICES;
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
  builder.call('landlock_add_rule', [slot('ruleset'), PATH_BENEATH, data(beneath, path), 0], options);
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
