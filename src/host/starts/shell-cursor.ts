/** A word of a shell script. */
export interface ShellWord {
  /** As it is written. */
  readonly raw: string;
  /** Without quotes; `undefined` when the shell puts something in it. */
  readonly literal: string | undefined;
  readonly line: number;
}

const META = ' \t\n;&|<>()';

/**
 * A place in the text of a shell script. `substitution` reads the commands of `$(...)` and of backquotes, which may stand
 * inside of any word. Source: the grammar of POSIX, Shell Command Language, and bash(1).
 */
export abstract class ShellCursor {
  readonly text: string;
  #line: number;
  #counted = 0;
  at = 0;

  constructor(text: string, line: number) {
    this.text = text;
    this.#line = line;
  }

  /** Reads the commands behind `$(` up to its end. */
  abstract substitution(): void;
  /** Reads the text between two backquotes. */
  abstract backquoted(text: string, line: number): void;

  get line(): number {
    for (; this.#counted < this.at; this.#counted += 1)
      if (this.text[this.#counted] === '\n') this.#line += 1;
    return this.#line;
  }

  peek(ahead = 0): string {
    return this.text[this.at + ahead] ?? '';
  }

  starts(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  /** Passes blanks, joined lines and comments. */
  blanks(): void {
    for (;;) {
      if (this.peek() === ' ' || this.peek() === '\t' || this.peek() === '\r') this.at += 1;
      else if (this.starts('\\\n')) this.at += 2;
      else if (this.peek() === '#') this.to('\n');
      else return;
    }
  }

  /** Goes to the next place of a text, or to the end. */
  to(text: string): void {
    const found = this.text.indexOf(text, this.at);
    this.at = found === -1 ? this.text.length : found;
  }

  /** The word that begins here; without letters where none does. */
  word(): ShellWord {
    const { line } = this;
    const begin = this.at;
    let literal: string | undefined = '';
    const put = (text: string | undefined): void => {
      literal = text === undefined || literal === undefined ? undefined : literal + text;
    };
    while (!this.ended && !META.includes(this.peek())) {
      const letter = this.peek();
      if (letter === '\\') {
        put(this.peek(1) === '\n' ? '' : this.peek(1));
        this.at += 2;
      } else if (letter === "'") {
        const from = this.at + 1;
        this.at = from;
        this.to("'");
        put(this.text.slice(from, this.at));
        this.at += 1;
      } else if (letter === '"') {
        put(this.#quoted());
      } else if (this.#expansion()) {
        put(undefined);
      } else {
        put('*?['.includes(letter) && this.at > begin ? undefined : letter);
        this.at += 1;
      }
    }
    this.at = Math.min(this.at, this.text.length);
    return { raw: this.text.slice(begin, this.at), literal, line };
  }

  /** Between double quotes. */
  #quoted(): string | undefined {
    let literal: string | undefined = '';
    this.at += 1;
    while (!this.ended && this.peek() !== '"') {
      if (this.peek() === '\\') {
        if (literal !== undefined)
          literal += '$`"\\'.includes(this.peek(1)) ? this.peek(1) : `\\${this.peek(1)}`;
        this.at += 2;
      } else if (this.#expansion()) {
        literal = undefined;
      } else {
        if (literal !== undefined) literal += this.peek();
        this.at += 1;
      }
    }
    this.at += 1;
    return literal;
  }

  /** Passes `$x`, `${...}`, `$(...)`, `$((...))` or backquotes, if one begins here. */
  #expansion(): boolean {
    if (this.peek() === '`') {
      const from = this.at + 1;
      const { line } = this;
      this.at = from;
      while (!this.ended && this.peek() !== '`') this.at += this.peek() === '\\' ? 2 : 1;
      this.backquoted(this.text.slice(from, this.at).replace(/\\([`\\$])/g, '$1'), line);
      this.at += 1;
      return true;
    }
    if (this.peek() !== '$') return false;
    if (this.starts('$((')) this.arithmetic(1);
    else if (this.starts('$(')) {
      this.at += 2;
      this.substitution();
    } else if (this.starts('${')) this.#braces();
    else if (/[A-Za-z0-9_@*#?$!'"-]/.test(this.peek(1)))
      this.at += this.peek(1) === "'" || this.peek(1) === '"' ? 1 : 2;
    else return false;
    return true;
  }

  /** Passes `((...))`, with `skipped` letters in front. */
  arithmetic(skipped: number): void {
    this.at += skipped;
    for (let depth = 0; !this.ended; ) {
      if (this.peek() === '(') depth += 1;
      if (this.peek() === ')') depth -= 1;
      if (depth > 0 && this.#expansion()) continue;
      this.at += 1;
      if (depth === 0) return;
    }
  }

  /** Passes `${...}`, in which words with quotes and substitutions may stand. */
  #braces(): void {
    this.at += 2;
    while (!this.ended && this.peek() !== '}') {
      if (this.peek() === '\\') this.at += 2;
      else if (this.peek() === '"') this.#quoted();
      else if (!this.#expansion()) this.at += 1;
    }
    this.at += 1;
  }
}
