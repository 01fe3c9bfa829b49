import { RLIM_INFINITY, type Rlimit } from '../kernel/rlimits.ts';
import type { PolicyValues } from './keys/registry.ts';

const UNLIMITED: Rlimit = { soft: RLIM_INFINITY, hard: RLIM_INFINITY };

/**
 * The limit of files where a policy names none: no file may be written. But a program that is wrapped has files that its
 * caller opened for it, `portcullis run -- COMMAND > FILE`, and they are meant to be written. Where Landlock
 * is sure to keep it from all others, they are all that the limit could stop.
 */
export function defaultFileSize({ rlimits, listen, landlock, ...values }: PolicyValues): Rlimit {
  const writesFiles = values.writable.length > 0 || values['write-and-run'].length > 0;
  const onlyCallers = listen === undefined && !writesFiles && landlock === 'required';
  return onlyCallers ? UNLIMITED : rlimits.fsize;
}
