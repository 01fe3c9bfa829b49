import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

/** The built program, and the packages that it loads while it runs. */
const PARTS = ['package.json', 'dist', 'policies', 'labs', 'node_modules/koffi', 'node_modules/@koromix'];

/** A user who owns nothing. */
const ORDINARY_USER = 60_000;

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the copy. */
    readonly publicCopy: string;
    /** An executable of this Node that every user may start. */
    readonly publicNode: string;
  }
}

export interface PublicCopy {
  readonly folder: string;
  readonly node: string;
  remove(): void;
}

/**
 * Copies the built program into a folder that every user may enter: the tests run it as ordinary users too, who cannot enter a
 * checkout in root's home. Each run of the tests makes its own copy after the build, so it is never older than `dist`.
 */
export function makePublicCopy(): PublicCopy {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-copy-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    for (const part of PARTS)
      cpSync(join(REPOSITORY, part), join(folder, part), { recursive: true, dereference: true });
    const node = isPublic(process.execPath) ? process.execPath : join(folder, 'node');
    if (node !== process.execPath) copyFileSync(process.execPath, node);
    execFileSync('chmod', ['-R', 'a+rX,go-w', folder]);
    if (!isPublic(node)) throw new Error(`an ordinary user cannot start a copy of ${process.execPath}`);
    return { folder, node, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Whether an ordinary user can start this Node. One who runs the tests without root is such a user. */
function isPublic(node: string): boolean {
  const identity = process.getuid?.() === 0 ? { uid: ORDINARY_USER, gid: ORDINARY_USER } : {};
  return spawnSync(node, ['--version'], { ...identity, stdio: 'ignore' }).status === 0;
}
