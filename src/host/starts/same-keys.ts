import type { Options } from './options.ts';
import type { Wrapped } from './wrapper.ts';
import { yamlText } from './yaml-words.ts';

/** A name of an option is no key without its value. */
export function user(name: string | undefined): readonly string[] {
  return name === undefined || name === '' ? [] : [`user: ${yamlText(name)}`];
}

export function group(name: string | undefined): readonly string[] {
  return name === undefined || name === '' ? [] : [`group: ${yamlText(name)}`];
}

/** `user`, `user.group` and `user:group`, with a colon in front of numbers. */
export function account(text: string | undefined): readonly string[] {
  const [name, primary] = (text ?? '').replace(/^:/, '').split(/[:.]/);
  return [...user(name), ...group(primary)];
}

export function directory(path: string | undefined): readonly string[] {
  return path === undefined ? [] : [`directory: ${yamlText(path)}`];
}

export function root(path: string | undefined): readonly string[] {
  return path === undefined || path === '/' ? [] : [`root: ${yamlText(path)}`];
}

export function environment({ assignments }: Wrapped): readonly string[] {
  if (assignments.length === 0) return [];
  const set = assignments.map(([name, value]) => `${name}: ${yamlText(value)}`);
  return [`environment: { set: { ${set.join(', ')} } }`];
}

/** timeout(1): a number with a unit, seconds without one. A fraction has no counterpart. */
export function time(duration: string | undefined): readonly string[] {
  const [, number, unit] = /^(\d+)([smhd]?)$/.exec(duration ?? '') ?? [];
  return [`limits: { time: ${number === undefined ? '...' : `${number}${unit === '' ? 's' : unit}`} }`];
}

/** softlimit(8) and chpst(8): options by their limits. */
export const SOFT: Readonly<Record<string, string>> = {
  '-a': 'as',
  '-c': 'core',
  '-d': 'data',
  '-f': 'fsize',
  '-l': 'memlock',
  '-m': 'data',
  '-o': 'nofile',
  '-p': 'nproc',
  '-r': 'rss',
  '-s': 'stack',
  '-t': 'cpu',
};

export function limits({ given }: Options): readonly string[] {
  const found = given.flatMap(([option, value]) =>
    SOFT[option] === undefined ? [] : [`${SOFT[option]}: ${yamlText(value)}`],
  );
  return found.length === 0 ? [] : [`rlimits: { ${found.join(', ')} }`];
}

/** prlimit(1): `--nofile=64:128`. */
export function prlimits({ given }: Options): readonly string[] {
  const found = given.flatMap(([option, value]) =>
    /^--[a-z]+$/.test(option) && value !== '' ? [`${option.slice(2)}: ${yamlText(value)}`] : [],
  );
  return [`rlimits: { ${found.length === 0 ? '...' : found.join(', ')} }`];
}
