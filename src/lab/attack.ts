import type { Exercise } from './exercise.ts';
import type { RunResult } from './result.ts';
import { isRootHere, runJob } from './run-job.ts';
import { withoutLayer } from './without-layer.ts';

export interface AttackRequest {
  readonly exercise: Exercise;
  readonly seed: string;
  /** The content of the secret file; a random one when absent. */
  readonly canary?: string;
  readonly onProgress: (text: string) => void;
}

/** Attacks the naive inetd, in a world of its own. */
export function attackNaive({ exercise, seed, canary, onProgress }: AttackRequest): Promise<RunResult> {
  const secret = canary === undefined ? {} : { canary };
  const job = {
    exercise,
    seed,
    server: { kind: 'inetd' },
    attacks: 'all',
    endsWhenReached: false,
    clients: false,
    ...secret,
  } as const;
  return runJob(job, onProgress);
}

/** The first attack of an exercise in three worlds. */
export interface Demonstration {
  readonly naive: RunResult;
  readonly solution: RunResult;
  readonly withoutLayer: RunResult;
}

export interface DemonstrationRequest {
  readonly exercise: Exercise;
  readonly given: string;
  readonly solution: string;
  readonly seed: string;
  readonly onProgress: (text: string) => void;
}

/** Shows one exercise: every attack against the naive inetd and the solution, the first one without the layer. */
export async function demonstrate({
  exercise,
  given,
  solution,
  seed,
  onProgress,
}: DemonstrationRequest): Promise<Demonstration> {
  const policy = (text: string) => ({ kind: 'policy', text, unprivileged: !isRootHere() }) as const;
  const common = { exercise, seed, clients: false, endsWhenReached: false } as const;
  const first = exercise.attacks.slice(0, 1).map(({ name }) => name);
  const naive = await runJob({ ...common, server: { kind: 'inetd' }, attacks: 'all' }, onProgress);
  const whole = await runJob(
    { ...common, server: policy(solution), attacks: 'all', clients: true },
    onProgress,
  );
  const cut = withoutLayer(solution, given, exercise.layer.keys);
  const open = await runJob({ ...common, server: policy(cut), attacks: first }, onProgress);
  return { naive, solution: whole, withoutLayer: open };
}
