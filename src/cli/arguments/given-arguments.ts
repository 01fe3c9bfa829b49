/** The given options of a command, by name; an option that was not given is absent. */
export type GivenOptions = Readonly<Record<string, boolean | string | readonly string[]>>;

/** The arguments of one call of a command, checked against its description. */
export class GivenArguments {
  readonly positionals: readonly string[];
  /** The words after `--` where the command takes a command line; `undefined` without `--`. */
  readonly commandLine: readonly string[] | undefined;
  /** Every word after the name of the command, as it was given. */
  readonly words: readonly string[];
  readonly #options: GivenOptions;

  constructor(given: {
    readonly positionals: readonly string[];
    readonly commandLine: readonly string[] | undefined;
    readonly words: readonly string[];
    readonly options: GivenOptions;
  }) {
    this.positionals = given.positionals;
    this.commandLine = given.commandLine;
    this.words = given.words;
    this.#options = given.options;
  }

  /** A boolean option; `undefined` when neither `--name` nor `--no-name` was given. */
  flag(name: string): boolean | undefined {
    const value = this.#options[name];
    return typeof value === 'boolean' ? value : undefined;
  }

  /** The value of an option that is given at most once. */
  text(name: string): string | undefined {
    const value = this.#options[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** The values of an option that may repeat, in their order. */
  list(name: string): readonly string[] {
    const value = this.#options[name];
    return typeof value === 'object' ? value : [];
  }
}
