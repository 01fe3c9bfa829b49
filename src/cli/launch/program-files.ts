import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Architecture } from '../../kernel/architecture.ts';

/** The folder of the built program. No variable of the environment chooses it. */
export function programFolder(): string {
  return dirname(realpathSync(fileURLToPath(import.meta.url)));
}

export function gatePath(architecture: Architecture): string {
  return join(programFolder(), `gate-${architecture}`);
}

/** The program that follows the sessions of a gate for `run --explain`. */
export function recorderPath(architecture: Architecture): string {
  return join(programFolder(), `recorder-${architecture}`);
}

/** The script with which the supervisor explains denied calls. */
export function explainerScriptPath(): string {
  return join(programFolder(), 'explainer.cjs');
}

export function supervisorScriptPath(): string {
  return join(programFolder(), 'supervisor.cjs');
}
