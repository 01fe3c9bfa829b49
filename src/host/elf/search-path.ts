import { machineNames } from './machines.ts';

/** The values of the words in a search path. */
export interface PathWords {
  /** The directory of the file that has the path; `undefined` where the loader cannot know it. */
  readonly origin: string | undefined;
  readonly machine: number;
}

const WORD = /\$(?:\{(ORIGIN|LIB|PLATFORM)\}|(ORIGIN|LIB|PLATFORM)(?![A-Za-z0-9_]))/g;

/**
 * A text with `$ORIGIN`, `$LIB` and `$PLATFORM` replaced. The last two are compiled into the loader and asked of the
 * processor: each meaning that they can have is a text. None where `$ORIGIN` is not known: the loader drops the text then.
 */
export function expandWords(text: string, { origin, machine }: PathWords): readonly string[] {
  const words = new Set([...text.matchAll(WORD)].map(([, braced, bare]) => braced ?? bare));
  if (words.size === 0) return [text];
  if (words.has('ORIGIN') && origin === undefined) return [];
  const { multiarch, platforms } = machineNames(machine);
  const texts = [`lib/${multiarch}`, 'lib64', 'lib'].flatMap((lib) =>
    platforms.map((platform) =>
      text.replaceAll(WORD, (_, braced?: string, bare?: string) => {
        const word = braced ?? bare;
        if (word === 'LIB') return lib;
        return word === 'PLATFORM' ? platform : (origin ?? '');
      }),
    ),
  );
  return [...new Set(texts)];
}

/**
 * The directories of a search path. One that is empty or relative starts at the working directory; a path that is
 * empty as a whole has none.
 */
export function directoriesOf(
  path: string | undefined,
  separators: RegExp,
  words: PathWords,
  workingDirectory: string,
): readonly string[] {
  if (path === undefined || path === '') return [];
  return path
    .split(separators)
    .flatMap((each) => expandWords(each, words))
    .map((each) => absolute(each, workingDirectory));
}

/** The path is not normalized: `..` behind a link leads elsewhere than its text. */
export function absolute(path: string, workingDirectory: string): string {
  return path.startsWith('/') ? path : `${workingDirectory}/${path}`;
}
