import { readOptions } from './options.ts';

/** The names of shells whose scripts have the grammar of POSIX, as far as commands go. */
export const SHELLS: ReadonlySet<string> = new Set([
  ...['sh', 'ash', 'bash', 'dash', 'ksh', 'ksh93', 'lksh', 'mksh', 'oksh', 'posh', 'rbash', 'yash', 'zsh'],
]);

/** The script of a shell: in its arguments, or in a file. */
export type ShellScript =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'file'; readonly path: string };

/** Finds the script among the words behind the name of a shell; `undefined` when it reads its standard input. */
export function scriptOf(words: readonly string[]): ShellScript | undefined {
  const plain = words.map((word) => (/^\+[a-zA-Z]/.test(word) ? `-${word.slice(1)}` : word));
  const { given, rest } = readOptions(plain, ['-o', '-O', '--rcfile', '--init-file']);
  const [first] = rest;
  if (first === undefined) return undefined;
  if (given.some(([option]) => option === '-c')) return { kind: 'text', text: first };
  return given.some(([option]) => option === '-s') ? undefined : { kind: 'file', path: first };
}
