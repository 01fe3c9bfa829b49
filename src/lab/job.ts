import type { Exercise } from './exercise.ts';
import type { RunResult } from './result.ts';

/** The server that an exercise's service stands behind in a world. */
export type ServerChoice =
  | { readonly kind: 'inetd' }
  | { readonly kind: 'policy'; readonly text: string; readonly unprivileged: boolean };

/** The work of one world: one line of JSON on the referee's standard input. */
export interface Job {
  readonly exercise: Exercise;
  /** All secrets, names and orders of the run are derived from it. */
  readonly seed: string;
  readonly server: ServerChoice;
  /** The attacks to try, all of them or some by their names. */
  readonly attacks: 'all' | readonly string[];
  /** Leaves the rest out when one attack has reached its effect. */
  readonly endsWhenReached: boolean;
  /** Ask the honest clients too. */
  readonly clients: boolean;
  /** The content of the secret file, in place of a random one. */
  readonly canary?: string;
}

/** A line of the referee's standard output. The result is the last one. */
export type Report = { readonly progress: string } | { readonly result: RunResult };
