import type { ShellWord } from './shell-cursor.ts';
import { ShellReader } from './shell-reader.ts';
import { BUILT_INS, PREPARING } from './shell-words.ts';

/** A program that a script starts. */
export interface StartedProgram {
  /** As the script writes it. */
  readonly name: string;
  /** True when it is looked for in the directories of PATH. */
  readonly isName: boolean;
  readonly line: number;
  /** True when the script comes to it before anything that could lead around it. */
  readonly isCertain: boolean;
  /** Itself and its arguments, where no other command is in the script and the shell puts nothing in them. */
  readonly words: readonly string[] | undefined;
}

/** Returns the programs that a shell script names as commands; `line`: the number of its first line. */
export function programsOfScript(text: string, line = 1): readonly StartedProgram[] {
  const reader = new ShellReader(text, line);
  const { commands, functions } = reader.read();
  const found: StartedProgram[] = [];
  let isReached = true;
  for (const { words, certain } of commands) {
    const [first] = words;
    if (first === undefined) continue;
    const program = startedBy(words);
    const name = program?.[0];
    const isFunction = name?.literal !== undefined && functions.has(name.literal);
    if (program !== undefined && name !== undefined && name.literal !== '' && !isFunction) {
      const literals = program.map(({ literal }) => literal);
      const isWhole = commands.length === 1 && !literals.includes(undefined);
      found.push({
        name: name.literal ?? name.raw,
        isName: name.literal !== undefined && !name.literal.includes('/'),
        line: name.line,
        isCertain: certain && isReached && name.literal !== undefined,
        words: isWhole ? literals.flatMap((literal) => literal ?? []) : undefined,
      });
    }
    isReached &&= first.literal !== undefined && PREPARING.has(first.literal);
  }
  return found;
}

/** The words from the program on that a command starts; `undefined` for a built-in. `command -v` only looks. */
function startedBy(words: readonly ShellWord[]): readonly ShellWord[] | undefined {
  const [first, second] = words;
  if (first === undefined) return undefined;
  if (first.literal === 'exec' || first.literal === 'command') {
    if (second === undefined) return undefined;
    if (second.literal === undefined) return words.slice(1);
    if (!second.literal.startsWith('-')) return startedBy(words.slice(1));
    if (first.literal === 'command' && /[vV]/.test(second.literal)) return undefined;
    const skipped = first.literal === 'exec' && second.literal.endsWith('a') ? 3 : 2;
    return words[skipped] === undefined ? undefined : startedBy(words.slice(skipped));
  }
  if (first.literal !== undefined && BUILT_INS.has(first.literal)) return undefined;
  // A word that is only a variable is a command of any kind, often a function or nothing.
  return first.literal === undefined && /^"?\$/.test(first.raw) && words.length === 1 ? undefined : words;
}
