import type { Span } from '../../policy/diagnostic.ts';
import { ForeignError } from './foreign-tokens.ts';
import type { ImportOptions, IncludedFile } from './imported.ts';

/** Files that include themselves several times would go on for ever within any depth. */
const MOST_FILES = 256;

/** Opens the files that a source includes. */
export class Inclusion {
  readonly #options: ImportOptions;
  readonly #deepest: number;
  #files = 0;

  /** `deepest`: how many files deep the other tool goes. */
  constructor(options: ImportOptions, deepest: number) {
    this.#options = options;
    this.#deepest = deepest;
  }

  /** The file behind a path at a place, at a depth from 0. Throws a `ForeignError` when there is none. */
  open(path: string, span: Span, depth: number): IncludedFile {
    this.#files += 1;
    if (depth >= this.#deepest)
      throw new ForeignError('include-depth', `included more than ${this.#deepest} files deep`, span);
    if (this.#files > MOST_FILES)
      throw new ForeignError('include-depth', `more than ${MOST_FILES} files are included`, span);
    const included = this.find(path, span);
    if (included !== undefined) return included;
    const help = 'put what it holds in its place, or the file where the path leads to';
    throw new ForeignError('include-missing', `'${path.slice(0, 120)}' cannot be read`, span, help);
  }

  /** The same file, if it can be read. */
  find(path: string, span: Span): IncludedFile | undefined {
    return this.#options.include?.(path, span.file);
  }
}
