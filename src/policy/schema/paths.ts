import { posix } from 'node:path';
import * as z from 'zod';
import { converted, describe, type Refuse } from './refusal.ts';

function readPath(value: unknown, refuse: Refuse): string | undefined {
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

function normalPath(path: string): string {
  return posix
    .normalize(path)
    .replace(/^\/\//, '/')
    .replace(/(.)\/$/, '$1');
}

/** Whether a path is absolute, without `..`, `.`, doubled or final slashes. */
export function isNormalPath(path: string): boolean {
  return path.startsWith('/') && normalPath(path) === path;
}

function readRoot(value: unknown, refuse: Refuse): string | undefined {
  const path = readPath(value, refuse);
  if (path !== '/') return path;
  const help = 'leave the key out to keep the root of the host';
  return refuse({ code: 'root-whole', message: "the root '/' is the whole host", help });
}

const SHAPE = { type: 'string', pattern: '^/' };

export const rootSchema: z.ZodType<string | undefined> = converted(readRoot)
  .optional()
  .meta({ description: 'The directory that becomes the root (chroot); none if left out.', ...SHAPE });

export const directorySchema: z.ZodType<string> = converted(readPath)
  .prefault('/')
  .meta({ description: 'Working directory, inside the root.', ...SHAPE });

function pathsSchema(description: string): z.ZodType<readonly string[]> {
  return z.array(converted(readPath).meta(SHAPE)).prefault([]).meta({ description });
}

export const writableSchema: z.ZodType<readonly string[]> = pathsSchema(
  'Directories inside the root below which the service may write, and /dev/null; none if left out.',
);

export const writeAndRunSchema: z.ZodType<readonly string[]> = pathsSchema(
  'Directories inside the root below which the service may write, and execute what it has written; none if left out.',
);
