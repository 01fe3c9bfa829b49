import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { getSystemErrorMap } from 'node:util';

/** One directory, link or file on the way to a path. */
export interface Component {
  /** On the host. */
  readonly path: string;
  readonly stat: Stats;
}

/** `path`: the path in question, or the link that leads too far; `reason`: an errno name. */
export interface Missing {
  readonly kind: 'missing';
  readonly path: string;
  readonly reason: string;
  /** The components that were passed before the way ended, the last directory last. */
  readonly components: readonly Component[];
}

export interface Found {
  readonly kind: 'found';
  readonly path: string;
  readonly stat: Stats;
  /** Everything that was passed, the root first, the thing itself last. */
  readonly components: readonly Component[];
}

export type Walk = Found | Missing;

/** The number of links that the kernel follows: `MAXSYMLINKS`, include/linux/namei.h. */
const MAX_LINKS = 40;

/** Goes to a path step by step, as the kernel does after chroot to `root`: links are followed, and none leads out of it. */
export function walkPath(path: string, root = ''): Walk {
  const host = (inside: readonly string[]): string => `${root}/${inside.join('/')}`;
  let pending = path.split('/').filter((name) => name !== '' && name !== '.');
  let current: readonly string[] = [];
  let links = 0;
  const components: Component[] = [];
  try {
    const top: Component = { path: root === '' ? '/' : root, stat: lstatSync(host([])) };
    let last = top;
    components.push(top);
    while (pending.length > 0) {
      const [name = '', ...rest] = pending;
      pending = rest;
      if (name === '..') {
        current = current.slice(0, -1);
        last = { path: host(current), stat: lstatSync(host(current)) };
        components.push(last);
        continue;
      }
      const next = [...current, name];
      const component = { path: host(next), stat: lstatSync(host(next)) };
      components.push(component);
      if (!component.stat.isSymbolicLink()) {
        current = next;
        last = component;
        continue;
      }
      links += 1;
      if (links > MAX_LINKS) return { kind: 'missing', path: host(next), reason: 'ELOOP', components };
      const target = readlinkSync(component.path);
      if (target.startsWith('/')) {
        current = [];
        last = top;
      }
      pending = [...target.split('/').filter((part) => part !== '' && part !== '.'), ...pending];
    }
    return { kind: 'found', path: host(current), stat: last.stat, components };
  } catch (error) {
    return { kind: 'missing', path: `${root}${path}`, reason: errorCode(error), components };
  }
}

/** ENOENT and the like of an error that Node threw. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** The words of the C library, and our own where those do not mention the path. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ...getSystemErrorMap().values(),
  ['ENOENT', 'it does not exist'],
  ['ENOTDIR', 'a part of the path is no directory'],
  ['ELOOP', 'too many symbolic links'],
]);

/** An `errorCode` in words. */
export function explain(code: string): string {
  return REASONS.get(code) ?? code;
}
