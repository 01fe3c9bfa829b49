import type { Options } from './options.ts';

/** The words of a wrapper, taken apart. */
export interface Wrapped {
  readonly options: Options;
  /** The words between its options and the command. */
  readonly operands: readonly string[];
  /** `NAME=VALUE`, in front of the command. */
  readonly assignments: readonly (readonly [name: string, value: string])[];
  /** The program that it starts, with arguments. */
  readonly command: readonly string[];
}

/** A program that starts another one, which its arguments name. */
export interface Wrapper {
  /** Options with a value: the word that follows is no command. */
  readonly valued?: readonly string[];
  /** The number of words between options and command. */
  readonly operands?: number;
  /** True when words such as NAME=VALUE stand in front of the command. */
  readonly assigns?: boolean;
  /** True when it starts the command as a child and waits. The others become the command. */
  readonly forks?: boolean;
  /** True when it is set-user-ID, of which a process without new privileges has nothing. */
  readonly privileged?: boolean;
  /** The lines of a policy that do the same; a line that needs other words has `...` in their place. */
  readonly keys?: (wrapped: Wrapped) => readonly string[];
  /** The reason why nothing takes the place of the wrapper. */
  readonly note?: string;
  /** Reads the words where options do not end at the first other word. */
  readonly read?: (words: readonly string[]) => Wrapped;
}
