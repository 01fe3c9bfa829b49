import { parse } from 'yaml';
import * as z from 'zod';

/** A conversation with the service. */
interface Talk {
  readonly name: string;
  /** True for a client or an attack that the student does not see. */
  readonly hidden: boolean;
  /** Lines to send; `{canary}`, `{secret}` and the other values of the world are put in. */
  readonly send: readonly string[];
  /** Milliseconds between two bytes of a slow client; 0 sends all at once. */
  readonly everyMs: number;
  /** Milliseconds until the whole answer, or the effect, must be there. */
  readonly withinMs: number;
}

/** An honest client. */
export interface Client extends Talk {
  /** The lines that a right answer has, and no others. */
  readonly expect: readonly string[];
}

/** The aim of an attack: a fact of the world that only a working attack brings about. */
export type Effect =
  /** An answer to the attacker has this text, a secret of the run. */
  | { readonly kind: 'answer'; readonly text: string }
  /** The token of the run arrives at the collector. */
  | { readonly kind: 'collected' }
  /** The victim, a process of another user, is dead. */
  | { readonly kind: 'victim-dead' }
  /** The first honest client gets no right answer in its time while the attack's connections are open. */
  | { readonly kind: 'starved' }
  /** The service has at least this many more processes than before. */
  | { readonly kind: 'processes'; readonly atLeast: number }
  /** A connection of the attack is still served after this time. */
  | { readonly kind: 'lasting'; readonly afterMs: number };

export interface Attack extends Talk {
  /** Foreign ways into the kernel that the machine must have for this attack. */
  readonly needs: readonly ('ia32' | 'x32')[];
  /** Connections that the attack holds at once, up to 300. */
  readonly connections: number;
  /** Source addresses that they are spread over. */
  readonly sources: number;
  /** Addresses from one source to the next: 256 gives each source a /24 of its own. */
  readonly apart: number;
  readonly effect: Effect;
}

/** The data of exercise.yaml. */
interface ExerciseFile {
  readonly title: string;
  readonly titleFr: string;
  /** Minutes of work for a student. */
  readonly minutes: number;
  readonly needs: readonly 'root'[];
  /** The service that policies defend; `run` of a policy must be the same, so that none serves another program. */
  readonly service: { readonly run: readonly string[]; readonly port: number };
  /** The naive inetd's way to serve it: `wait` as in inetd.conf, and its options. */
  readonly inetd: { readonly wait: boolean; readonly options: readonly string[] };
  /** The layer of the exercise in words, and the keys of a policy that it consists of. */
  readonly layer: { readonly name: string; readonly keys: readonly string[] };
  readonly honest: readonly Client[];
  /** The first attack is the one of README.md; the others are its mutations. */
  readonly attacks: readonly Attack[];
}

/** An exercise, with the number and the name of its folder. */
export interface Exercise extends ExerciseFile {
  readonly number: number;
  /** As in `04-the-launcher`. */
  readonly folder: string;
}

const talk = {
  name: z.string(),
  hidden: z.boolean().default(false),
  send: z.array(z.string()).default([]),
  everyMs: z.int().min(0).max(5000).default(0),
  withinMs: z.int().min(1).max(10_000).default(2500),
};

const effect = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('answer'), text: z.string() }),
  z.strictObject({ kind: z.literal('collected') }),
  z.strictObject({ kind: z.literal('victim-dead') }),
  z.strictObject({ kind: z.literal('starved') }),
  z.strictObject({ kind: z.literal('processes'), atLeast: z.int().min(1) }),
  z.strictObject({ kind: z.literal('lasting'), afterMs: z.int().min(1) }),
]);

const exerciseFile: z.ZodType<ExerciseFile> = z.strictObject({
  title: z.string(),
  titleFr: z.string(),
  minutes: z.int().min(1),
  needs: z.array(z.literal('root')).default([]),
  service: z.strictObject({ run: z.array(z.string()).min(1), port: z.int().min(1).max(65535) }),
  inetd: z
    .strictObject({ wait: z.boolean().default(false), options: z.array(z.string()).default([]) })
    .prefault({}),
  layer: z.strictObject({ name: z.string(), keys: z.array(z.string()).min(1) }),
  honest: z.array(z.strictObject({ ...talk, expect: z.array(z.string()).min(1) })).min(2),
  attacks: z
    .array(
      z.strictObject({
        ...talk,
        needs: z.array(z.enum(['ia32', 'x32'])).default([]),
        connections: z.int().min(1).max(300).default(1),
        sources: z.int().min(1).max(300).default(1),
        apart: z.int().min(1).max(65_536).default(1),
        effect,
      }),
    )
    .min(2),
});

/** Reads the text of an exercise.yaml; throws an Error that names the first fault. */
export function parseExercise(text: string, folder: string): Exercise {
  const result = exerciseFile.safeParse(parse(text));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new Error(`labs/${folder}/exercise.yaml: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  return { ...result.data, number: Number.parseInt(folder, 10), folder };
}
