/** A call that was answered with an error, as a recorder has seen it. */
export interface AnsweredCall {
  /** The kernel's name. */
  readonly call: string;
  readonly args: readonly bigint[];
  readonly errno: string;
  /** As the program wrote it, perhaps cut off: the path of a file, or the name of a UNIX socket. */
  readonly path?: string | undefined;
  /** The new name of a call that has two. */
  readonly otherPath?: string | undefined;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
}

/** The part of the confinement that gave an answer. */
export type CauseKind =
  | 'rule'
  | 'landlock'
  | 'mount'
  | 'network'
  | 'capability'
  | 'rlimit'
  | 'mode'
  | 'exec'
  | 'other';

/** The reason for an answer, and the key that would change it. */
export interface Cause {
  readonly cause: CauseKind;
  /** One sentence without its end. */
  readonly reason: string;
  /** The key of the policy; absent where no key changes the answer. */
  readonly key?: string;
  /** A value for the key, or a word for one. */
  readonly value?: string;
}
