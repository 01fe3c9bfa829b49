import { derived } from '../derived.ts';

/** The words that lines of an exercise may have in braces. */
export type Values = Readonly<Record<ValueName, string>>;

const NAMES = [
  'canary',
  'canary-adm',
  'canary-group',
  'canary-all',
  'secret',
  'token',
  'name',
  'page',
  'text',
  'collector',
  'port',
  'victim',
] as const;
export type ValueName = (typeof NAMES)[number];

/** Derives the values of a run. `canary` is the content of the secret file, where the student's directory has one. */
export function valuesOf(
  seed: string,
  { port, victim, canary }: { readonly port: number; readonly victim: number; readonly canary?: string },
): Values {
  const word = (label: string): string => `${label.slice(0, 3)}${derived(seed, label, 8)}`;
  return {
    canary: canary ?? `canary-${derived(seed, 'canary', 24)}`,
    'canary-adm': `canary-${derived(seed, 'canary-adm', 24)}`,
    'canary-group': `canary-${derived(seed, 'canary-group', 24)}`,
    'canary-all': `canary-${derived(seed, 'canary-all', 24)}`,
    secret: `/${word('vault')}`,
    token: `token-${derived(seed, 'token', 24)}`,
    name: word('name'),
    page: word('page'),
    text: `text ${derived(seed, 'text', 16)}`,
    // Below the kernel's own choice of ports, so that no client has it.
    collector: String(20_000 + (Number.parseInt(derived(seed, 'collector', 4), 16) % 10_000)),
    port: String(port),
    victim: String(victim),
  };
}

/** Puts values in place of their names in braces; throws on a name that there is not. */
export function fill(text: string, values: Values): string {
  return text.replaceAll(/\{([a-z-]+)\}/g, (_, name: string) => {
    const found = NAMES.find((known) => known === name);
    if (found === undefined) throw new Error(`{${name}} is none of ${NAMES.join(', ')}`);
    return values[found];
  });
}
