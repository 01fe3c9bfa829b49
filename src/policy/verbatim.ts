/**
 * Keys whose value is the text as written: YAML reads `0077` as 77, `6.10` as 6.1, `null` as nothing and an argument `1.0` as 1.
 */
const VERBATIM = /^(umask|seccomp\.kernel|stderr|run\.\d+|environment\.set\.\w+)$/;

/** Whether the value at this path is its text, whatever YAML would make of it. */
export function isVerbatim(path: string): boolean {
  return VERBATIM.test(path);
}
