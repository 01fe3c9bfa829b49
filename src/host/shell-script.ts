import { readFileSync } from 'node:fs';
import type { Policy } from '../policy/policy.ts';
import { absolute } from './elf/search-path.ts';
import type { ShellScript } from './starts/shell-arguments.ts';
import { walkPath } from './walk-path.ts';

const MOST_SCRIPT_BYTES = 1024 * 1024;

/** Returns the text of a script. One that is not there or cannot be read has none: the shell says so. */
export function textOfScript(script: ShellScript, { root, directory }: Policy): string {
  if (script.kind === 'text') return script.text;
  const walk = walkPath(absolute(script.path, directory), root);
  if (walk.kind === 'missing' || !walk.stat.isFile() || walk.stat.size > MOST_SCRIPT_BYTES) return '';
  try {
    return readFileSync(walk.path, 'utf8');
  } catch {
    return '';
  }
}
