import type { LoaderFiles } from './loader-files.ts';
import { matchesPattern } from './match-pattern.ts';

/** The configuration from which ldconfig makes the loader's cache. */
export interface LoaderConfig {
  /** The directories of the libraries that the next cache will hold. */
  readonly directories: readonly string[];
  /** The files that name them, existing or missing. */
  readonly files: readonly string[];
  /** The folders in which a pattern chooses files. */
  readonly folders: readonly string[];
}

export const LOADER_CONFIG = '/etc/ld.so.conf';
const MOST_FILES = 1000;

/** Reads ld.so.conf and all that it includes. Source: `parse_conf`, elf/ldconfig.c of glibc. */
export function readLoaderConfig(files: LoaderFiles): LoaderConfig {
  const directories: string[] = [];
  const folders: string[] = [];
  const read = new Set([LOADER_CONFIG]);
  // An included file joins the end of the set, and is read in its turn.
  for (const file of read) {
    for (const line of (files.text(file) ?? '').split('\n')) {
      const [word = '', ...patterns] = line.replace(/#.*/, '').trim().split(/\s+/);
      if (word === 'include') {
        const found = patterns.flatMap((pattern) => matching(beside(file, pattern), files, folders));
        for (const path of found.slice(0, MOST_FILES - read.size)) read.add(path);
      } else if (word.startsWith('/')) {
        // A type of library may stand behind the directory: `/usr/lib=libc6`.
        directories.push(word.replace(/=.*/, ''));
      }
    }
  }
  return { directories, files: [...read], folders };
}

function beside(file: string, pattern: string): string {
  return pattern.startsWith('/') ? pattern : `${file.slice(0, file.lastIndexOf('/'))}/${pattern}`;
}

/** The paths that a pattern of the shell stands for, part by part; one without wildcards is a path. */
function matching(pattern: string, files: LoaderFiles, folders: string[]): readonly string[] {
  let found = [''];
  for (const part of pattern.split('/').slice(1)) {
    if (!/[*?[]/.test(part)) {
      found = found.map((path) => `${path}/${part}`);
      continue;
    }
    folders.push(...found);
    found = found.flatMap((path) =>
      files
        .list(path)
        .filter((name) => matchesPattern(name, part))
        .map((name) => `${path}/${name}`),
    );
    found = found.slice(0, MOST_FILES);
  }
  return found;
}
