import { constantBits } from '../../kernel/constants.ts';
import type { AnswerFacts } from './answer-facts.ts';
import type { AnsweredCall, Cause } from './answered-call.ts';
import { capabilityCause } from './capability-cause.ts';
import { isBelow, pathOf } from './path-of.ts';

const NAMESPACES = constantBits(
  'CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWNET|CLONE_NEWIPC|CLONE_NEWUTS|CLONE_NEWUSER|CLONE_NEWCGROUP',
);
const PROT_EXEC = constantBits('PROT_EXEC');

/** The cause of an answer to a call that starts a program, makes a process or maps code. */
export function startCause(seen: AnsweredCall, facts: AnswerFacts): Cause | undefined {
  switch (seen.call) {
    case 'execve':
    case 'execveat':
      return execCause(seen, facts);
    case 'clone':
      return seen.errno === 'EPERM' && ((seen.args[0] ?? 0n) & NAMESPACES) !== 0n
        ? capabilityCause('CAP_SYS_ADMIN', 'making a namespace takes it', facts)
        : undefined;
    case 'mmap':
    case 'mprotect':
      return (seen.errno === 'EPERM' || seen.errno === 'EACCES') && ((seen.args[2] ?? 0n) & PROT_EXEC) !== 0n
        ? {
            cause: 'mount',
            reason: 'a file below a directory of writable is mapped as code',
            key: 'write-and-run',
            value: 'its directory',
          }
        : undefined;
    default:
      return undefined;
  }
}

function execCause(seen: AnsweredCall, facts: AnswerFacts): Cause | undefined {
  const path = pathOf(seen, facts);
  if (seen.errno === 'EPERM' && facts.exec === 'once')
    return {
      cause: 'exec',
      reason: 'exec: once starts one program for each session',
      key: 'exec',
      value: 'allow',
    };
  if (seen.errno !== 'EACCES') return undefined;
  const written =
    path === undefined ? undefined : facts.writable.find((directory) => isBelow(path, [directory]));
  if (written !== undefined)
    return {
      cause: 'mount',
      reason: `${path} is below ${written}, where nothing is executed`,
      key: 'write-and-run',
      value: written,
    };
  return {
    cause: 'mode',
    reason: `the modes of ${path ?? 'the program'} or of a directory above it do not let user ${facts.user} execute it`,
    key: 'user',
    value: 'one that may execute it, or chmod it',
  };
}
