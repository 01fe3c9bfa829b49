import type { ElfFile } from './loader-files.ts';

/** A program or library that is loaded, and by which other: search paths are inherited from there. */
export interface Loaded {
  readonly file: ElfFile;
  /** The directory that `$ORIGIN` stands for in its search paths; `undefined` where the loader cannot know it. */
  readonly origin: string | undefined;
  readonly loadedBy: Loaded | undefined;
}

/** A place where a loader looks for a library; it takes all files that one place has. */
export type Place =
  | { readonly kind: 'directory'; readonly path: string }
  /** `paths`: variants for some processors, and the one for all. */
  | { readonly kind: 'files'; readonly paths: readonly string[] };

/** The places in which one kind of loader looks for libraries. */
export interface Loader {
  readonly kind: 'glibc' | 'musl';
  /** The files that name the places of libraries, and the directories from which such files come. */
  readonly settings: { readonly files: readonly string[]; readonly folders: readonly string[] };
  /** Loaded besides the needed ones, where they are found. */
  readonly preloaded: readonly string[];
  /** True when a name is the loader's own, which it looks for nowhere. */
  readonly isOwn: (name: string) => boolean;
  readonly placesOf: (name: string, by: Loaded) => readonly Place[];
  /** The path that a name with a slash, or a preloaded one, stands for. */
  readonly expand: (name: string, by: Loaded) => readonly string[];
  /** The directories below one that are searched before it. */
  readonly variantsBelow: (directory: string) => readonly string[];
}

/** The settings of the loader that come from the policy. */
export interface LoaderSettings {
  /** The working directory of the service. */
  readonly directory: string;
  readonly environment: ReadonlyMap<string, string>;
}

export function directory(path: string): Place {
  return { kind: 'directory', path };
}

/** A library and those by which it was loaded, the program last. */
export function chainOf(loaded: Loaded): readonly Loaded[] {
  return loaded.loadedBy === undefined ? [loaded] : [loaded, ...chainOf(loaded.loadedBy)];
}
