import { CAPABILITY_NAMES } from '../../kernel/capabilities.ts';
import { SYSTEMD_GROUP_NAMES } from '../../kernel/system-call-groups.ts';
import { SYSTEM_CALL_NAMES } from '../../kernel/system-calls.ts';
import { OWN_GROUP_NAMES } from '../../seccomp/groups/own-groups.ts';
import type { ValueSource } from '../arguments/command-description.ts';

/** The candidates that a shell offers in one place: its own finds, words, names before a `=`, or nothing. */
export type Candidates =
  | { readonly kind: 'policy' | 'file' | 'directory' | 'user' | 'group' | 'variable' | 'nothing' }
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'names'; readonly names: readonly string[] };

/** Actions that stand without an argument: parentheses would have to be quoted in a shell. */
const PLAIN_ACTIONS = ['kill_process', 'kill_thread', 'trap', 'trace', 'log', 'user_notif', 'allow'];

/** The values behind a description, with everything that this version knows by name. */
export function candidatesOf(value: ValueSource): Candidates {
  if (typeof value === 'object')
    return 'words' in value ? { kind: 'words', words: value.words } : { kind: 'names', names: value.names };
  switch (value) {
    case 'text':
      return { kind: 'nothing' };
    case 'capability':
      return { kind: 'words', words: CAPABILITY_NAMES };
    case 'action':
      return { kind: 'words', words: PLAIN_ACTIONS };
    case 'rule':
      return { kind: 'words', words: [...OWN_GROUP_NAMES, ...SYSTEMD_GROUP_NAMES, ...SYSTEM_CALL_NAMES] };
    default:
      return { kind: value };
  }
}
