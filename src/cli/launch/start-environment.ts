import { readFileSync } from 'node:fs';

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the variables that this process was started with: Node removes some of its own from `process.env`. */
export function startEnvironment(current: Environment): Environment {
  const started = readFileSync('/proc/self/environ', 'utf8')
    .split('\0')
    .filter((text) => text.includes('='))
    .map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)] as const);
  return { ...Object.fromEntries(started), ...current };
}
