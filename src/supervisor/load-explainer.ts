import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import type { Explainer } from './explainer.ts';

/** The value of the script. */
interface ExplainerScript {
  readonly createExplainer: () => Explainer;
}

/**
 * Runs the script that explains denied calls. It brings the tables of the kernel, ten times as much text as the supervisor, which
 * would be slower to start and larger for all its life.
 */
export function loadExplainer(descriptor: number): Explainer {
  const script = new Script(readFileSync(descriptor, 'utf8'), { filename: 'explainer' });
  return (script.runInThisContext() as ExplainerScript).createExplainer();
}
