import type { Combination, ReadValues } from './combinations.ts';

/** The directory of the terminals, and the devices that lead to one. */
const TERMINALS = /^\/dev\/(pts(\/.*)?|ptmx|tty)$/;

/** Returns whether a path without links is a terminal, or the place of them. */
export function isTerminalPath(path: string): boolean {
  return TERMINALS.test(path);
}

/** The fix for a terminal that a policy names as a place to write to. */
export const TERMINALS_KEY = 'write terminals: true in its place: it gives the service terminals of its own';

/** Returns findings about the terminals of a service, and about terminals of the host that it is to write to. */
export function terminalAdvice(values: ReadValues): readonly Combination[] {
  return [...sharing(values), ...named(values, 'writable'), ...named(values, 'write-and-run')];
}

function sharing({ terminals }: ReadValues): readonly Combination[] {
  if (terminals !== true) return [];
  return [
    {
      path: 'terminals',
      severity: 'warning',
      code: 'terminals-shared',
      message:
        'with terminals: true the sessions of the service share its terminals: a session of the same user reads what is typed in another one, writes on its screen and changes its modes',
      help: 'leave the key out, unless the service makes terminals; or accept it: accept: { terminals: REASON }',
      about: ['terminals'],
    },
  ];
}

function named(values: ReadValues, key: 'writable' | 'write-and-run'): readonly Combination[] {
  return (values[key] ?? []).flatMap((path, index) =>
    isTerminalPath(path)
      ? [
          {
            path: `${key}.${index}`,
            severity: 'error',
            code: 'writable-terminals',
            message: `'${path}' is no place to write to: terminals of the host are out of reach`,
            help: TERMINALS_KEY,
          } as const,
        ]
      : [],
  );
}
