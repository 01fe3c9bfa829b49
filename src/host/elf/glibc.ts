import { chainOf, directory, type Loaded, type Loader, type LoaderSettings, type Place } from './loader.ts';
import { type CacheEntry, cacheFlags, readLoaderCache } from './loader-cache.ts';
import { readLoaderConfig } from './loader-config.ts';
import type { LoaderFiles } from './loader-files.ts';
import { machineNames } from './machines.ts';
import { absolute, directoriesOf, expandWords, type PathWords } from './search-path.ts';

const CACHE = '/etc/ld.so.cache';
const PRELOAD = '/etc/ld.so.preload';

/** Directories of variants for some processors. Until glibc 2.36 they were nested, in any choice of these names. */
const HWCAPS = 'glibc-hwcaps';
const OLD_HWCAPS = ['tls', 'haswell', 'xeon_phi', 'avx512_1', 'atomics', 'x86_64', 'aarch64'];

/** The loader of glibc. Source: `_dl_map_object`, elf/dl-load.c; ld.so(8). */
export function glibcLoader(machine: number, settings: LoaderSettings, files: LoaderFiles): Loader {
  const config = readLoaderConfig(files);
  const cache = readLoaderCache(files.bytes(CACHE) ?? Buffer.alloc(0));
  const variable = (name: string): string | undefined => settings.environment.get(name);
  const words = ({ origin }: Loaded): PathWords => ({ origin, machine });
  const path = (text: string | undefined, by: Loaded, separators = /:/): readonly string[] =>
    directoriesOf(text, separators, words(by), settings.directory);
  return {
    kind: 'glibc',
    settings: {
      files: [PRELOAD, CACHE, ...config.files],
      folders: [...config.folders, ...config.directories],
    },
    preloaded: [
      ...split(variable('LD_PRELOAD'), /[ :]+/),
      ...split(variable('LD_AUDIT'), /:+/),
      ...split(files.text(PRELOAD)?.replaceAll(/#.*/g, ''), /[\s:]+/),
    ],
    isOwn: () => false,
    placesOf: (name, by) => {
      const { runpath, noDefaultDirectories = false } = by.file.dynamic ?? {};
      const program = chainOf(by).at(-1) ?? by;
      const usual = defaultDirectories(machine);
      return [
        ...(runpath === undefined ? chainOf(by).flatMap((each) => path(rpathOf(each), each)) : []).map(
          directory,
        ),
        ...path(variable('LD_LIBRARY_PATH'), program, /[:;]/).map(directory),
        ...path(runpath, by).map(directory),
        ...fromCache(cache.get(name) ?? [], machine, noDefaultDirectories ? usual : []),
        ...(noDefaultDirectories ? [] : usual.map(directory)),
      ];
    },
    expand: (name, by) => expandWords(name, words(by)).map((each) => absolute(each, settings.directory)),
    variantsBelow: (top) => [
      ...(files.list(top).includes(HWCAPS) ? files.list(`${top}/${HWCAPS}`) : []).map(
        (name) => `${top}/${HWCAPS}/${name}`,
      ),
      ...oldVariants(top, files, OLD_HWCAPS),
    ],
  };
}

/** `DT_RPATH` counts where there is no `DT_RUNPATH`. */
function rpathOf({ file: { dynamic } }: Loaded): string | undefined {
  return dynamic?.runpath === undefined ? dynamic?.rpath : undefined;
}

/** As they are compiled in, on Debian and on others; the loader of a distribution knows some of them. */
function defaultDirectories(machine: number): readonly string[] {
  const { multiarch } = machineNames(machine);
  return [`lib/${multiarch}`, 'lib64', 'lib'].flatMap((name) => [`/${name}`, `/usr/${name}`]);
}

/** The loader takes the best variant for its processor, else the first one that is for all. */
function fromCache(
  entries: readonly CacheEntry[],
  machine: number,
  except: readonly string[],
): readonly Place[] {
  const fitting = entries.filter(
    ({ path, flags }) =>
      flags === cacheFlags(machine) && !except.includes(path.slice(0, path.lastIndexOf('/'))),
  );
  const plain = fitting.find(({ forHardware }) => !forHardware);
  const paths = [...fitting.filter(({ forHardware }) => forHardware), ...(plain ? [plain] : [])];
  return paths.length === 0 ? [] : [{ kind: 'files', paths: paths.map(({ path }) => path) }];
}

/** Those that are there; each name is used once on the way. */
function oldVariants(top: string, files: LoaderFiles, names: readonly string[]): readonly string[] {
  const there = names.length === 0 ? [] : files.list(top);
  return names
    .filter((name) => there.includes(name))
    .flatMap((name) => {
      const below = `${top}/${name}`;
      return [
        ...oldVariants(
          below,
          files,
          names.filter((other) => other !== name),
        ),
        below,
      ];
    });
}

function split(text: string | undefined, separators: RegExp): readonly string[] {
  return (text ?? '').split(separators).filter((word) => word !== '');
}
