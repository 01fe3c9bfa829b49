import { ShellCursor, type ShellWord } from './shell-cursor.ts';
import { CLOSERS, OPENERS } from './shell-words.ts';

/** A simple command. `certain`: nothing that could lead around it stands in front of it. */
export interface ShellCommand {
  readonly words: readonly ShellWord[];
  readonly certain: boolean;
}

/** A deeper nesting is not read. */
const MOST_LEVELS = 100;

/** Reads commands. A text that no shell takes gives some of them. */
export class ShellReader extends ShellCursor {
  readonly #commands: ShellCommand[] = [];
  readonly #functions = new Set<string>();
  #level: number;
  /** The documents that begin behind this line: their last lines. */
  #documents: { readonly end: string; readonly strips: boolean }[] = [];
  #certain = true;

  constructor(text: string, line: number, level = 0) {
    super(text, line);
    this.#level = level;
  }

  read(): { readonly commands: readonly ShellCommand[]; readonly functions: ReadonlySet<string> } {
    while (!this.ended) {
      this.#list('');
      // A closing word without an opening one.
      this.at += 1;
    }
    return { commands: this.#commands, functions: this.#functions };
  }

  substitution(): void {
    this.#nested(() => this.#list(')'));
  }

  backquoted(text: string, line: number): void {
    if (this.#level >= MOST_LEVELS) return;
    const inner = new ShellReader(text, line, this.#level + 1).read();
    this.#commands.push(...inner.commands.map(({ words }) => ({ words, certain: false })));
  }

  #nested(read: () => void): void {
    if (this.#level >= MOST_LEVELS) {
      this.at = this.text.length;
      return;
    }
    const before = this.#certain;
    this.#certain = false;
    this.#level += 1;
    read();
    this.#level -= 1;
    this.#certain = before;
  }

  /** Reads commands up to `)` and past it, up to `;;` and past it or to `esac`, or up to the end of the text. */
  #list(end: '' | ')' | ';;'): void {
    let words: ShellWord[] = [];
    /** True where the next word is the name of a command, an assignment or a reserved word. */
    let begins = true;
    const finish = (): void => {
      if (words.length > 0) this.#commands.push({ words, certain: this.#certain });
      words = [];
      begins = true;
    };
    for (;;) {
      this.blanks();
      const letter = this.peek();
      if (this.ended || (end === ')' && letter === ')')) {
        finish();
        this.at += 1;
        return;
      }
      if (letter === '\n') {
        finish();
        this.at += 1;
        this.#bodies();
      } else if (letter === ';' || letter === '&' || letter === '|') {
        if (this.starts('&>')) {
          this.#redirection();
          continue;
        }
        finish();
        const isCaseEnd = this.starts(';;') || this.starts(';&') || this.starts(';|');
        const isAlternative = this.starts('||') || (letter === '&' && !this.starts('&&'));
        this.at += isCaseEnd || this.starts('&&') || this.starts('||') || this.starts('|&') ? 2 : 1;
        if (isCaseEnd && this.peek() === '&') this.at += 1;
        if (isCaseEnd && end === ';;') return;
        if (isAlternative) this.#certain = false;
      } else if (letter === '(') {
        if (words.length === 1 && /^\([ \t]*\)/.test(this.text.slice(this.at, this.at + 80))) {
          const [{ literal }] = words as [ShellWord];
          if (literal !== undefined) this.#functions.add(literal);
          words = [];
          begins = true;
          this.to(')');
          this.at += 1;
          this.#certain = false;
        } else if (this.starts('((') && begins) this.arithmetic(0);
        else {
          this.at += 1;
          this.#nested(() => this.#list(')'));
          begins = false;
        }
      } else if (letter === ')') {
        finish();
        if (end === ';;') return;
        this.at += 1;
      } else if (letter === '<' || letter === '>') this.#redirection();
      else {
        const word = this.word();
        if (word.raw === '') {
          this.at += 1;
          continue;
        }
        if (/^(\d+|\{\w+\})$/.test(word.raw) && (this.peek() === '<' || this.peek() === '>')) {
          this.#redirection();
          continue;
        }
        if (!begins) {
          words.push(word);
          if (word.raw.endsWith('=') && this.peek() === '(') this.#array();
          continue;
        }
        if (word.raw === 'esac' && end === ';;') {
          this.at -= word.raw.length;
          return;
        }
        if (word.raw === 'case') this.#case();
        else if (word.raw === 'for' || word.raw === 'select') this.#loop();
        else if (word.raw === 'function') this.#function();
        else if (word.raw === '[[') this.#test();
        else if (OPENERS.has(word.raw)) this.#certain &&= word.raw === '{' || word.raw === 'time';
        else if (CLOSERS.has(word.raw)) begins = false;
        else if (!/^[A-Za-z_]\w*(\[[^\]]*\])?\+?=/.test(word.raw)) {
          words.push(word);
          begins = false;
        } else if (this.peek() === '(') this.#array();
        if (word.raw === 'case' || word.raw === '[[') begins = false;
      }
    }
  }

  /** `NAME=(words)`. */
  #array(): void {
    this.at += 1;
    for (;;) {
      this.blanks();
      if (this.ended) return;
      if (this.peek() === ')') break;
      if (this.word().raw === '') this.at += 1;
    }
    this.at += 1;
  }

  #redirection(): void {
    const [operator = '<'] =
      /^&?(<<<|<<-?|<>|<&|<|>>|>&|>\||>)?/.exec(this.text.slice(this.at, this.at + 4)) ?? [];
    this.at += Math.max(1, operator.length);
    if ((operator === '<' || operator === '>') && this.peek() === '(') {
      this.at += 1;
      this.#nested(() => this.#list(')'));
      return;
    }
    this.blanks();
    const { raw, literal } = this.word();
    if (operator === '<<' || operator === '<<-')
      this.#documents.push({ end: literal ?? raw, strips: operator === '<<-' });
  }

  /** The documents of the line that has ended. Commands inside of them are not read. */
  #bodies(): void {
    for (const { end, strips } of this.#documents) {
      while (!this.ended) {
        const from = this.at;
        this.to('\n');
        const line = this.text.slice(from, this.at);
        this.at += 1;
        if ((strips ? line.replace(/^\t+/, '') : line) === end) break;
      }
    }
    this.#documents = [];
  }

  #case(): void {
    const before = this.#certain;
    this.#certain = false;
    this.#lines();
    this.word();
    this.#lines();
    // `in`
    this.word();
    for (;;) {
      this.#lines();
      if (this.ended) break;
      if (this.peek() === '(') this.at += 1;
      if (/^esac(?![^\s;&|)<>])/.test(this.text.slice(this.at, this.at + 5))) {
        this.at += 4;
        break;
      }
      while (!this.ended && this.peek() !== ')') {
        this.#lines();
        if (this.word().raw === '' && this.peek() !== ')') this.at += 1;
        this.#lines();
      }
      this.at += 1;
      if (this.#level >= MOST_LEVELS) {
        this.at = this.text.length;
        break;
      }
      this.#level += 1;
      this.#list(';;');
      this.#level -= 1;
      if (this.peek() === ')') this.at += 1;
    }
    this.#certain = before;
  }

  /** `for NAME in WORDS`, up to its `;`, its line or its `do`. */
  #loop(): void {
    this.#certain = false;
    this.blanks();
    if (this.starts('((')) {
      this.arithmetic(0);
      return;
    }
    while (!this.ended && !'\n;'.includes(this.peek())) {
      this.blanks();
      const from = this.at;
      const { raw } = this.word();
      if (raw === 'do') {
        this.at = from;
        return;
      }
      if (raw === '' && !'\n;'.includes(this.peek())) this.at += 1;
      this.blanks();
    }
  }

  #function(): void {
    this.#certain = false;
    this.blanks();
    const { literal } = this.word();
    if (literal !== undefined) this.#functions.add(literal);
    this.blanks();
    if (this.starts('()')) this.at += 2;
  }

  /** `[[ ... ]]`, in which `<`, `&&` and parentheses are no operators of the shell. */
  #test(): void {
    for (;;) {
      this.#lines();
      if (this.ended) return;
      const { raw } = this.word();
      if (raw === ']]') return;
      if (raw === '') this.at += 1;
    }
  }

  #lines(): void {
    this.blanks();
    while (this.peek() === '\n') {
      this.at += 1;
      this.blanks();
    }
  }
}
