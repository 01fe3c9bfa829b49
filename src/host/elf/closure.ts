import { glibcLoader } from './glibc.ts';
import type { Loaded, Loader, LoaderSettings } from './loader.ts';
import type { ElfFile, LoaderFiles } from './loader-files.ts';
import { isMusl, muslLoader } from './musl.ts';

export interface ClosureQuestion extends LoaderSettings {
  readonly program: ElfFile;
  /** The loader, as the program names it. */
  readonly interpreter: string;
  /** True when the loader can read /proc/self/exe, by which it knows the directory of the program. */
  readonly seesProc: boolean;
}

export interface Library {
  readonly file: ElfFile;
  readonly name: string;
  /** The path of the file that needs it. */
  readonly neededBy: string;
}

/** A path that the loader looks at, existing or missing. `directory`: it uses every file in it. */
export interface Look {
  readonly kind: 'file' | 'directory';
  readonly path: string;
  /** The library that is looked for; `undefined` for a file that names the places of libraries. */
  readonly library: Pick<Library, 'name' | 'neededBy'> | undefined;
}

/** The libraries of a program, without those that it or they load while they run. */
export interface Closure {
  readonly loader: Loader['kind'];
  readonly libraries: readonly Library[];
  readonly missing: readonly Pick<Library, 'name' | 'neededBy'>[];
  /** Everything that decides which libraries these are, the libraries included, in the order of the loader. */
  readonly looks: readonly Look[];
}

/** Looks for the libraries of a dynamically linked program as its loader does: breadth first, each name once. */
export function closureOf(question: ClosureQuestion, files: LoaderFiles): Closure {
  const { machine } = question.program.headers;
  const loader = isMusl(question.interpreter)
    ? muslLoader(question.interpreter, machine, question, files)
    : glibcLoader(machine, question, files);
  return new Search(loader, question, files).closure();
}

class Search {
  readonly #loader: Loader;
  readonly #files: LoaderFiles;
  readonly #machine: number;
  readonly #program: Loaded;
  readonly #libraries: Library[] = [];
  readonly #missing: Pick<Library, 'name' | 'neededBy'>[] = [];
  readonly #looks: Look[] = [];
  /** Names that need no second search: those of loaded files, and those that were asked for. */
  readonly #names = new Set<string>();
  readonly #paths: Set<string>;
  readonly #queue: Loaded[];

  constructor(loader: Loader, { program, interpreter, seesProc }: ClosureQuestion, files: LoaderFiles) {
    this.#loader = loader;
    this.#files = files;
    this.#machine = program.headers.machine;
    this.#program = {
      file: program,
      origin: seesProc ? directoryOf(program.path) : undefined,
      loadedBy: undefined,
    };
    const own = files.elf(interpreter);
    this.#paths = new Set([program.path, ...(own === undefined ? [] : [own.path])]);
    for (const { dynamic } of [program, ...(own === undefined ? [] : [own])])
      if (dynamic?.name !== undefined) this.#names.add(dynamic.name);
    this.#queue = [this.#program];
  }

  closure(): Closure {
    const { files, folders } = this.#loader.settings;
    for (const path of files) this.#looks.push({ kind: 'file', path, library: undefined });
    for (const path of folders) this.#looks.push({ kind: 'directory', path, library: undefined });
    for (const name of this.#loader.preloaded) this.#load(name, this.#program);
    // A loaded file joins the end of the queue, and its needs come in their turn.
    for (const loaded of this.#queue) {
      const { needed = [], optional = [] } = loaded.file.dynamic ?? {};
      for (const name of needed)
        if (!this.#load(name, loaded)) this.#missing.push({ name, neededBy: loaded.file.path });
      for (const name of optional) this.#load(name, loaded);
    }
    return {
      loader: this.#loader.kind,
      libraries: this.#libraries,
      missing: this.#missing,
      looks: this.#looks,
    };
  }

  #load(name: string, by: Loaded): boolean {
    if (this.#names.has(name) || this.#loader.isOwn(name)) return true;
    const found = this.#find(name, by);
    if (found.length > 0) this.#names.add(name);
    for (const { file, origin } of found) {
      if (file.dynamic?.name !== undefined) this.#names.add(file.dynamic.name);
      if (this.#paths.has(file.path)) continue;
      this.#paths.add(file.path);
      this.#libraries.push({ file, name, neededBy: by.file.path });
      this.#queue.push({ file, origin, loadedBy: by });
    }
    return found.length > 0;
  }

  #find(name: string, by: Loaded): readonly Pick<Loaded, 'file' | 'origin'>[] {
    const library = { name, neededBy: by.file.path };
    const at = (path: string): readonly Pick<Loaded, 'file' | 'origin'>[] => {
      this.#looks.push({ kind: 'file', path, library });
      const file = this.#files.elf(path);
      // A library of another machine is passed over.
      if (file === undefined || file.headers.machine !== this.#machine) return [];
      return [{ file, origin: directoryOf(path) }];
    };
    if (name.includes('/')) return this.#loader.expand(name, by).flatMap(at);
    for (const place of this.#loader.placesOf(name, by)) {
      if (place.kind === 'directory') this.#looks.push({ kind: 'directory', path: place.path, library });
      const paths =
        place.kind === 'files'
          ? place.paths
          : [...this.#loader.variantsBelow(place.path), place.path].map((each) => `${each}/${name}`);
      const found = paths.flatMap(at);
      if (found.length > 0) return found;
    }
    return [];
  }
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
