import type { BenchFolder } from './folder.ts';

/** Something that confines a program and starts it, with `/bin/true` as the program. */
export interface Launcher {
  readonly name: string;
  /** The programs that it needs; each is looked for in `--peers` and in PATH. */
  readonly programs: readonly string[];
  /** The command that installs them. */
  readonly install: string;
  /** The Debian package that knows the version. */
  readonly debianPackage?: string;
  /** The first word is a path. */
  command(folder: BenchFolder, path: (program: string) => string): readonly string[];
}
