import { constantBits } from '../../kernel/constants.ts';
import type { AnswerFacts } from './answer-facts.ts';
import type { AnsweredCall, Cause } from './answered-call.ts';
import { capabilityCause } from './capability-cause.ts';
import { isBelow, parentOf, pathOf } from './path-of.ts';

/** Calls that change a directory or a file by its name. Landlock restricts these. */
const CHANGING: ReadonlySet<string> = new Set([
  ...[
    'creat',
    'mkdir',
    'mkdirat',
    'rmdir',
    'unlink',
    'unlinkat',
    'mknod',
    'mknodat',
    'truncate',
    'ftruncate',
  ],
  ...['rename', 'renameat', 'renameat2', 'link', 'linkat', 'symlink', 'symlinkat'],
]);

/** Calls that change a mode, an owner or a time: no key says where, the owner of the file counts. */
const OWNING: ReadonlySet<string> = new Set([
  ...['chmod', 'fchmod', 'fchmodat', 'fchmodat2', 'chown', 'fchown', 'fchownat', 'lchown'],
  ...['utime', 'utimes', 'utimensat', 'futimesat'],
]);

const READING: ReadonlySet<string> = new Set([
  ...['open', 'openat', 'openat2', 'access', 'faccessat', 'faccessat2', 'chdir', 'fchdir'],
]);

const WRITES = constantBits('O_WRONLY|O_RDWR');
const MAKES = constantBits('O_CREAT|O_TRUNC');

/** The cause of an answer to a call about a file; `undefined` for other calls and answers. */
export function fileCause(seen: AnsweredCall, facts: AnswerFacts): Cause | undefined {
  const { call, errno } = seen;
  if (!CHANGING.has(call) && !OWNING.has(call) && !READING.has(call)) return undefined;
  const path = pathOf(seen, facts);
  switch (errno) {
    case 'EROFS':
      if (path !== undefined && isBelow(path, ['/proc']))
        return { cause: 'mount', reason: `${path} is in the /proc of the host, which no service writes to` };
      return {
        cause: 'mount',
        reason: `${nameOf(path)} is on a file system that the service sees read-only`,
        ...toWrite(path),
      };
    case 'EXDEV':
      return movedCause(seen, facts);
    case 'EPERM':
      return ownerCause(seen, facts);
    case 'EACCES':
      return CHANGING.has(call) || writes(seen) ? writingCause(path, facts) : modeCause(path, facts, 'read');
    default:
      return undefined;
  }
}

function nameOf(path: string | undefined): string {
  return path ?? 'the file';
}

/** Directories with the programs and settings of the host: a policy that makes one writable is refused, or opens it all. */
const OF_THE_HOST: ReadonlySet<string> = new Set([
  ...['/', '/bin', '/boot', '/etc', '/lib', '/lib32', '/lib64', '/sbin'],
  ...['/usr', '/usr/bin', '/usr/lib', '/usr/lib32', '/usr/lib64', '/usr/sbin'],
]);

/** A directory as a value of `writable`, or the words for one where it is none. */
function writableValue(directory: string): string {
  const isOfHost = OF_THE_HOST.has(directory) || isBelow(directory, ['/proc', '/sys']);
  return isOfHost ? 'another directory, with nothing but its own files' : directory;
}

/** The key that makes a path one to write to. */
function toWrite(path: string | undefined): Pick<Cause, 'key' | 'value'> {
  return { key: 'writable', value: path === undefined ? 'its directory' : writableValue(parentOf(path)) };
}

/** O_RDONLY with O_TRUNC writes as well. The flags of openat2 are in memory that nobody reads: it counts as writing. */
function writes({ call, args }: AnsweredCall): boolean {
  if (call === 'openat2') return true;
  const register = call === 'open' ? 1 : call === 'openat' ? 2 : undefined;
  const flags = register === undefined ? 0n : (args[register] ?? 0n);
  return (flags & (WRITES | MAKES)) !== 0n;
}

function isWritten(path: string, { writable, writeAndRun }: AnswerFacts): boolean {
  return isBelow(path, [...writable, ...writeAndRun]);
}

function writingCause(path: string | undefined, facts: AnswerFacts): Cause {
  if (path !== undefined && isWritten(path, facts)) return modeCause(path, facts, 'write');
  if (path?.startsWith('/dev/') === true)
    return { cause: 'landlock', reason: `Landlock lets no service write to ${path}: it is a device` };
  const all = [...facts.writable, ...facts.writeAndRun];
  const having = all.length === 0 ? 'writable is empty' : `writable is ${all.join(', ')}`;
  return {
    cause: 'landlock',
    reason: `Landlock refuses writing to ${nameOf(path)}: ${having}`,
    ...toWrite(path),
  };
}

/** The modes of a file or of a directory above it. */
function modeCause(path: string | undefined, facts: AnswerFacts, what: 'read' | 'write'): Cause {
  if (path !== undefined && isBelow(path, ['/proc']))
    return {
      cause: 'mode',
      reason: `${path} is of another process, for root alone, or closed to the service`,
    };
  const reason = `the modes of ${nameOf(path)} or of a directory above it do not let user ${facts.user} ${what}`;
  const capability = what === 'read' ? 'CAP_DAC_READ_SEARCH' : 'CAP_DAC_OVERRIDE';
  if (
    facts.isRoot &&
    !facts.capabilities.includes(capability) &&
    !facts.capabilities.includes('CAP_DAC_OVERRIDE')
  )
    return {
      cause: 'capability',
      reason: `${reason}: root has no ${capability}`,
      key: 'capabilities',
      value: capability,
    };
  return { cause: 'mode', reason, key: 'user', value: `one that may ${what} it, or chmod it` };
}

function ownerCause(seen: AnsweredCall, facts: AnswerFacts): Cause | undefined {
  const { call } = seen;
  const path = nameOf(pathOf(seen, facts));
  if (call.startsWith('mknod')) return capabilityCause('CAP_MKNOD', 'making a device takes it', facts);
  if (/chown/.test(call))
    return capabilityCause('CAP_CHOWN', `giving ${path} to another owner takes it`, facts);
  return capabilityCause('CAP_FOWNER', `${path} belongs to another user`, facts);
}

/** Each directory to write to is a mount, and Landlock lets no file leave it for one with other rights. */
function movedCause(seen: AnsweredCall, facts: AnswerFacts): Cause {
  const from = pathOf(seen, facts);
  const to = pathOf({ ...seen, path: seen.otherPath }, facts);
  const both = from === undefined || to === undefined ? undefined : commonParent(from, to);
  return {
    cause: 'mount',
    reason: `${nameOf(from)} and ${to ?? 'its new name'} are not below the same directory of writable`,
    key: 'writable',
    value: both === undefined ? 'one directory that has both' : writableValue(both),
  };
}

function commonParent(left: string, right: string): string | undefined {
  const parts = parentOf(left).split('/');
  const others = parentOf(right).split('/');
  const end = parts.findIndex((part, index) => part !== others[index]);
  const common = (end === -1 ? parts : parts.slice(0, end)).join('/');
  return common === '' ? undefined : common;
}
