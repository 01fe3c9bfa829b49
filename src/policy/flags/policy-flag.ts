/** An option of the command line that writes one key of a policy. */
export interface PolicyFlag {
  /** Without the dashes. */
  readonly name: string;
  /** The key, or the mapping whose keys it writes: `user`, `seccomp.rules`, `rlimits`. */
  readonly path: string;
  readonly kind: FlagKind;
  /** The word for the value in a description: `NAME=VALUE`. */
  readonly argument: string;
  /** The sentence of the key. */
  readonly describe: string;
  /** The only values there are; absent where others are taken. */
  readonly choices?: readonly string[];
  /** The only names there are of NAME=VALUE; absent where others are taken. */
  readonly entries?: readonly string[];
  /** Digits are a number, as they would be in a file. */
  readonly numeric?: true;
  /** The values that a shell offers, where there are no fixed words or names. */
  readonly completes?: CompletedValue;
}

/**
 * `value`: given once. `switch`: without a value it is true. `list`: given again it adds an item. `entry`: NAME=VALUE, one
 * key of a mapping. `entry-list`: NAME=VALUE, one item of the list under a key.
 */
export type FlagKind = 'value' | 'switch' | 'list' | 'entry' | 'entry-list';

/** A kind of value that a shell or the program knows by name. */
export type CompletedValue = 'user' | 'group' | 'directory' | 'capability' | 'variable' | 'rule' | 'action';
