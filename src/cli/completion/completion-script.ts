import { GLOBAL_OPTIONS } from '../arguments/global-options.ts';
import { EXIT, ExitError } from '../exit.ts';
import { COMMANDS } from '../program-description.ts';
import { bashScript } from './bash.ts';
import {
  type CompletedCommand,
  type CompletedOption,
  completedCommand,
  completedOption,
} from './completed-command.ts';
import { fishScript } from './fish.ts';
import { zshScript } from './zsh.ts';

type Script = (commands: readonly CompletedCommand[], global: readonly CompletedOption[]) => string;

const SCRIPTS: ReadonlyMap<string | undefined, Script> = new Map([
  ['bash', bashScript],
  ['zsh', zshScript],
  ['fish', fishScript],
]);

/** The completion of this version for a shell. */
export function completionScript(shell: string | undefined): string {
  const script = SCRIPTS.get(shell);
  if (script === undefined)
    throw new ExitError(EXIT.usage, `'${shell}' is no shell that can be completed; one of bash, zsh, fish`);
  return script(COMMANDS.map(completedCommand), GLOBAL_OPTIONS.map(completedOption));
}
