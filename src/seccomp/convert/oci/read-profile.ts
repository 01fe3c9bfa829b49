import { errnoNumber, MAX_ERRNO } from '../../../kernel/errno.ts';
import type { Span } from '../../../policy/diagnostic.ts';
import type { Action } from '../../action.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { JsonFields } from '../json-fields.ts';
import type { Problems } from '../problems.ts';
import { ociAction } from './action.ts';
import { type OciTest, readTest } from './test.ts';

type JsonText = Extract<JsonValue, { kind: 'text' }>;

/** The conditions under which an entry of a profile counts. */
export interface OciConditions {
  readonly capabilities: readonly JsonText[];
  readonly architectures: readonly JsonText[];
  readonly minKernel: JsonText | undefined;
}

/** One object of `syscalls`. */
export interface OciEntry {
  readonly names: readonly JsonText[];
  readonly action: Action;
  readonly tests: readonly OciTest[];
  readonly includes: OciConditions;
  readonly excludes: OciConditions;
  readonly comment: string | undefined;
  readonly span: Span;
}

/** A profile as written, every name of it checked. */
export interface OciProfile {
  readonly default: Action;
  readonly defaultSpan: Span;
  /** The machines with those beside them, as `SCMP_ARCH_*`. */
  readonly architectures: readonly JsonText[];
  readonly subArchitectures: ReadonlyMap<string, readonly JsonText[]>;
  readonly flags: readonly JsonText[];
  readonly listener: Span | undefined;
  readonly entries: readonly OciEntry[];
}

/** SECCOMP_RET_DATA, include/uapi/linux/seccomp.h. */
const MAX_DATA = 0xffff;

const PROFILE_KEYS = [
  'defaultAction',
  'defaultErrnoRet',
  'defaultErrno',
  'architectures',
  'archMap',
  'flags',
  'listenerPath',
  'listenerMetadata',
  'syscalls',
];
const ENTRY_KEYS = [
  'name',
  'names',
  'action',
  'errnoRet',
  'errno',
  'args',
  'comment',
  'includes',
  'excludes',
];
const CONDITION_KEYS = ['caps', 'arches', 'minKernel'];

/** Reads a profile. `undefined` when it has no usable default action; every other problem leaves its part out. */
export function readProfile(object: JsonObject, problems: Problems): OciProfile | undefined {
  const fields = new JsonFields(object, problems);
  fields.refuseOthers(PROFILE_KEYS);
  const name = fields.of('defaultAction', 'text');
  if (name === undefined) {
    const help = "write what happens to other calls: 'SCMP_ACT_ERRNO'";
    problems.error('oci-profile', "'defaultAction' is missing", object.span, help);
  }
  const fallback =
    name && ociAction(name, readErrno(fields, name.value, DEFAULT_ERRNO_KEYS, problems), problems);
  const maps = fields.listOf('archMap', 'object').map((map) => new JsonFields(map, problems));
  for (const map of maps) map.refuseOthers(['architecture', 'subArchitectures']);
  const listener = object.members.get('listenerPath');
  const entries = fields.listOf('syscalls', 'object').flatMap((entry) => readEntry(entry, problems) ?? []);
  if (name === undefined || fallback === undefined) return undefined;
  return {
    default: fallback,
    defaultSpan: name.span,
    architectures: [
      ...fields.listOf('architectures', 'text'),
      ...maps.flatMap((map) => map.of('architecture', 'text') ?? []),
    ],
    subArchitectures: new Map(
      maps.map((map) => [
        map.of('architecture', 'text')?.value ?? '',
        map.listOf('subArchitectures', 'text'),
      ]),
    ),
    flags: fields.listOf('flags', 'text'),
    listener: listener === undefined || listener.value.kind === 'null' ? undefined : listener.key,
    entries,
  };
}

function readEntry(object: JsonObject, problems: Problems): OciEntry | undefined {
  const fields = new JsonFields(object, problems);
  fields.refuseOthers(ENTRY_KEYS);
  const single = fields.of('name', 'text');
  const names = [
    ...(single === undefined || single.value === '' ? [] : [single]),
    ...fields.listOf('names', 'text'),
  ];
  const name = fields.of('action', 'text');
  if (name === undefined) problems.error('oci-entry', "an entry of 'syscalls' has no 'action'", object.span);
  const action = name && ociAction(name, readErrno(fields, name.value, ENTRY_ERRNO_KEYS, problems), problems);
  const args = fields.listOf('args', 'object');
  const tests = args.flatMap((arg) => readTest(arg, problems) ?? []);
  const conditions = (key: string): OciConditions => readConditions(fields.of(key, 'object'), problems);
  const [includes, excludes] = [conditions('includes'), conditions('excludes')];
  if (action === undefined || tests.length < args.length) return undefined;
  const comment = fields.of('comment', 'text')?.value;
  return {
    names,
    action,
    tests,
    includes,
    excludes,
    comment: comment === '' ? undefined : comment,
    span: object.span,
  };
}

function readConditions(object: JsonObject | undefined, problems: Problems): OciConditions {
  if (object === undefined) return { capabilities: [], architectures: [], minKernel: undefined };
  const fields = new JsonFields(object, problems);
  fields.refuseOthers(CONDITION_KEYS);
  const minKernel = fields.of('minKernel', 'text');
  return {
    capabilities: fields.listOf('caps', 'text'),
    architectures: fields.listOf('arches', 'text'),
    minKernel: minKernel?.value === '' ? undefined : minKernel,
  };
}

interface ErrnoKeys {
  readonly numberKey: string;
  readonly nameKey: string;
}

const DEFAULT_ERRNO_KEYS: ErrnoKeys = { numberKey: 'defaultErrnoRet', nameKey: 'defaultErrno' };
const ENTRY_ERRNO_KEYS: ErrnoKeys = { numberKey: 'errnoRet', nameKey: 'errno' };

/** Reads an errno by number, or by name, which Podman prefers where both stand. The number for a tracer is any of 16 bits. */
function readErrno(
  fields: JsonFields,
  action: string,
  { numberKey, nameKey }: ErrnoKeys,
  problems: Problems,
): number | undefined {
  const largest = action === 'SCMP_ACT_TRACE' ? MAX_DATA : MAX_ERRNO;
  const number = fields.unsigned(numberKey, 32);
  const name = fields.of(nameKey, 'text');
  const span = fields.object.members.get(numberKey)?.value.span;
  if (number !== undefined && number > BigInt(largest)) {
    problems.error('oci-errno', `'${numberKey}' is at most ${largest}, found ${number}`, span);
    return undefined;
  }
  if (name === undefined || name.value === '') return number === undefined ? undefined : Number(number);
  const known = errnoNumber(name.value);
  if (known === undefined) {
    problems.error('oci-errno', `no errno is called '${name.value.slice(0, 40)}'`, name.span);
  } else if (number !== undefined && number !== BigInt(known)) {
    const message = `'${numberKey}' is ${number} and '${nameKey}' is ${name.value} (${known})`;
    problems.error('oci-errno', message, name.span, 'keep one of the two');
  }
  return known;
}
