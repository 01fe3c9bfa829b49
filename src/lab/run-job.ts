import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Job } from './job.ts';
import type { RunResult } from './result.ts';
import { runInWorld } from './world.ts';

/** The longest life of a world: several times what the attacks of an exercise take. */
const WORLD_SECONDS = 180;

/** True where worlds have several users: only root may map them. */
export function isRootHere(): boolean {
  return process.getuid?.() === 0;
}

/** Does a job in a world of its own, which is gone afterwards. */
export function runJob(
  job: Job,
  onProgress: (text: string) => void,
  cancelled?: AbortSignal,
): Promise<RunResult> {
  const dist = dirname(realpathSync(fileURLToPath(import.meta.url)));
  return runInWorld(job, { dist, seconds: WORLD_SECONDS, cancelled }, onProgress);
}
