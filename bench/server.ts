import type { BenchFolder } from './folder.ts';

export interface Command {
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A file for its standard output, which is dropped without one. */
  readonly stdout?: string;
}

/** A server that the benchmark compares, with the service behind it on 127.0.0.1. */
export interface Server {
  readonly name: string;
  /** The programs that it needs; each is looked for in `--peers` and in PATH. */
  readonly programs: readonly string[];
  /** The command that installs them. */
  readonly install: string;
  /** The Debian package that knows the version. */
  readonly debianPackage?: string;
  /** Its queue holds `RESETS` connections: with a shorter one the kernel's waits would be measured. */
  readonly hasLongQueue?: true;
  command(folder: BenchFolder, port: number, path: (program: string) => string): Command;
}
