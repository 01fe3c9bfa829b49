import { SHELLS } from './starts/shell-arguments.ts';
import { WRAPPERS } from './starts/wrappers.ts';

/** The program that the kernel starts for a service, behind all lines with `#!`. */
export interface LastProgram {
  /** As the policy or the script names it. */
  readonly path: string;
  /** The file, without links. */
  readonly file: string;
  /** As the kernel gives them, the program itself first. */
  readonly words: readonly string[];
  /** The script whose first line names the program. */
  readonly script: string | undefined;
  /** The rest of that line, which the kernel gives as one argument. */
  readonly joined: string | undefined;
}

/** Files that hold many programs. The first argument, or the name by which they are called, says which. */
const MANY: ReadonlySet<string> = new Set(['busybox', 'toybox', 'coreutils']);

/** The name by which a program is known, the words behind it, and whether its file holds no other. */
export function nameOf({ path, file, words }: LastProgram): {
  readonly name: string;
  readonly words: readonly string[];
  readonly isOne: boolean;
} {
  const rest = words.slice(1);
  const called = baseOf(path);
  const isOne = !MANY.has(baseOf(file));
  if (MANY.has(called)) return { name: rest[0] ?? '', words: rest.slice(1), isOne };
  const isKnown = Object.hasOwn(WRAPPERS, called) || SHELLS.has(called) || !isOne;
  return { name: isKnown ? called : baseOf(file), words: rest, isOne };
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
