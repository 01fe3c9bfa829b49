import type { Dynamic } from './dynamic.ts';
import type { ElfHeaders } from './headers.ts';

/** A program or library as far as its loader reads it. */
export interface ElfFile {
  /** Its path, with all links followed. */
  readonly path: string;
  readonly headers: ElfHeaders;
  readonly dynamic: Dynamic | undefined;
}

/** The files among which a loader looks, by their paths inside the root of the service. */
export interface LoaderFiles {
  /** `undefined` where the loader goes on looking: it is not there, no ELF file, or not for the service to read. */
  readonly elf: (path: string) => ElfFile | undefined;
  readonly text: (path: string) => string | undefined;
  readonly bytes: (path: string) => Buffer | undefined;
  /** The names in a directory; none where there is no directory. */
  readonly list: (path: string) => readonly string[];
}
