import { posix } from 'node:path';
import * as z from 'zod';
import { converted, describe, type Refuse } from './refusal.ts';

/** Reads an absolute path in its shortest form. */
export function readPath(value: unknown, refuse: Refuse): string | undefined {
  if (typeof value !== 'string' || !value.startsWith('/') || value.includes('\0')) {
    return refuse({
      code: 'path-absolute',
      message: `expected an absolute path, found ${describe(value)}`,
      help: 'begin it with /',
    });
  }
  const normal = normalPath(value);
  if (normal === value) return value;
  const message = `'${value}' is not in its shortest form`;
  return refuse({ code: 'path-normal', message, help: `write ${normal}` });
}

/** A path in its shortest form. */
export function normalPath(path: string): string {
  return posix
    .normalize(path)
    .replace(/^\/\//, '/')
    .replace(/(.)\/$/, '$1');
}

/** Returns whether a path is absolute, without `..`, `.`, doubled or final slashes. */
export function isNormalPath(path: string): boolean {
  return path.startsWith('/') && normalPath(path) === path;
}

/** A path in the JSON Schema. */
export const PATH_SHAPE = { type: 'string', pattern: '^/' } as const;

export const pathSchema: z.ZodType<string> = converted(readPath).meta(PATH_SHAPE);

/** A list of paths, empty by default. */
export const pathsSchema: z.ZodType<readonly string[]> = z.array(pathSchema).prefault([]);
