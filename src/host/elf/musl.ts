import { chainOf, directory, type Loader, type LoaderSettings } from './loader.ts';
import type { LoaderFiles } from './loader-files.ts';
import { absolute, directoriesOf } from './search-path.ts';

/** Names of libraries that musl has in its loader. Source: `load_library`, ldso/dynlink.c. */
const OWN = /^lib(c|pthread|rt|m|dl|util|xnet)\./;
const DEFAULT_PATH = '/lib:/usr/local/lib:/usr/lib';

/** `/lib/ld-musl-x86_64.so.1`: the prefix before `/lib`, and the name of the machine. */
const LOADER = /^(.*?)\/[^/]*\/ld-musl-([^/]*?)\.so\.\d+$/;

export function isMusl(interpreter: string): boolean {
  return LOADER.test(interpreter);
}

/** The loader of musl. Source: ldso/dynlink.c. */
export function muslLoader(
  interpreter: string,
  machine: number,
  settings: LoaderSettings,
  files: LoaderFiles,
): Loader {
  const [, prefix = '', name = ''] = LOADER.exec(interpreter) ?? [];
  const pathFile = `${prefix}/etc/ld-musl-${name}.path`;
  const variable = (each: string): string | undefined => settings.environment.get(each);
  const path = (text: string | undefined, origin: string | undefined): readonly string[] =>
    directoriesOf(text, /[:\n]/, { origin, machine }, settings.directory);
  return {
    kind: 'musl',
    settings: { files: [pathFile], folders: [] },
    preloaded: (variable('LD_PRELOAD') ?? '').split(/[\s:]+/).filter((each) => each !== ''),
    isOwn: (each) => OWN.test(each),
    placesOf: (_, by) =>
      [
        ...path(variable('LD_LIBRARY_PATH'), undefined),
        ...chainOf(by).flatMap(({ file: { dynamic }, origin }) =>
          path(dynamic?.runpath ?? dynamic?.rpath, origin),
        ),
        ...path(files.text(pathFile) ?? DEFAULT_PATH, undefined),
      ].map(directory),
    expand: (each) => [absolute(each, settings.directory)],
    variantsBelow: () => [],
  };
}
