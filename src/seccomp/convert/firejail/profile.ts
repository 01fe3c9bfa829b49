import type { Span } from '../../../policy/diagnostic.ts';
import { positionsOf } from '../../../policy/positions.ts';
import { ForeignError } from '../foreign-tokens.ts';
import type { ImportOptions } from '../imported.ts';
import { Inclusion } from '../inclusion.ts';
import type { Problems } from '../problems.ts';
import type { ListItem } from './lists.ts';

/** A line of a profile, or an option of the command line. */
export interface Command {
  readonly name: string;
  /** The text behind the name, divided at its commas; `undefined` when there is none. */
  readonly items: readonly ListItem[] | undefined;
  readonly span: Span;
}

/** As firejail has it. */
const MOST_INCLUDES = 16;

/** Files of firejail's own that hold no line about calls. */
const WITHOUT_FILTERS = /^(?:.*\/)?(?:disable|whitelist|allow|archiver|landlock)-[A-Za-z0-9-]+\.inc$/;

/** Reads the lines of a profile and of the files that it includes, without those that an `ignore` before them takes out. */
export class ProfileReader {
  readonly commands: Command[] = [];
  readonly #ignored: string[] = [];
  readonly #inclusion: Inclusion;
  readonly #problems: Problems;

  constructor(options: ImportOptions, problems: Problems) {
    this.#inclusion = new Inclusion(options, MOST_INCLUDES);
    this.#problems = problems;
  }

  read(text: string, file: string, depth = 0): void {
    const positions = positionsOf(file, text);
    for (const { 0: raw, index } of text.matchAll(/[^\n]+/g)) {
      const whole = raw.trim();
      const isOptions = /^(?:firejail\s|--)/.test(whole);
      // Firejail ends the line of a profile at the first number sign, even within a word.
      const line = isOptions ? whole : whole.replace(/#.*/, '').trimEnd();
      const start = index + raw.indexOf(whole);
      if (line === '') continue;
      const at = (offset: number, length: number): Span =>
        positions.between(start + offset, start + offset + Math.max(1, length));
      if (isOptions) this.#options(line, at);
      else this.#line(line, 0, at, depth);
    }
  }

  /** `firejail --seccomp=@clock --protocol=unix program` */
  #options(line: string, at: (offset: number, length: number) => Span): void {
    for (const { 0: word, index } of line.matchAll(/\S+/g)) {
      if (word === 'firejail' && index === 0) continue;
      if (!word.startsWith('--')) return;
      const [, name = '', value] = /^--([^=]*)(?:=(.*))?$/.exec(word) ?? [];
      this.#add(name, value, index + word.length - (value?.length ?? 0), at(index, word.length), at);
    }
  }

  #line(line: string, from: number, at: (offset: number, length: number) => Span, depth: number): void {
    const condition = /^\?[A-Z0-9_]+:\s*/.exec(line)?.[0];
    if (condition !== undefined) {
      const rest = line.slice(condition.length);
      const offset = from + condition.length;
      const loosens = /^(?:ignore|allow-debuggers|seccomp-error-action)\b/.test(rest);
      if (loosens || /^(?:seccomp|protocol|restrict-namespaces|memory-deny|include)/.test(rest)) {
        const taken = loosens ? 'not to hold' : 'to hold';
        this.#problems.loss(
          'condition-unknown',
          `the condition is taken ${taken}, which lets less through`,
          at(from, condition.length),
        );
      }
      if (!loosens) this.#line(rest, offset, at, depth);
      return;
    }
    if (this.#ignored.some((start) => line === start || line.startsWith(`${start} `))) return;
    const [name = ''] = /^\S+/.exec(line) ?? [];
    const value = line.slice(name.length).trim();
    const valueAt = from + line.length - value.length;
    if (name === 'ignore' && value !== '') this.#ignored.push(value);
    else if (name === 'include') this.#include(value, at(valueAt, value.length), depth);
    else this.#add(name, value === '' ? undefined : value, valueAt, at(from, name.length), at);
  }

  #add(
    name: string,
    value: string | undefined,
    valueAt: number,
    span: Span,
    at: (offset: number, length: number) => Span,
  ): void {
    const items =
      value === undefined
        ? undefined
        : Array.from(value.matchAll(/[^,]+/g), ({ 0: raw, index }): ListItem => {
            const text = raw.trim();
            return { text, span: at(valueAt + index + raw.indexOf(text), text.length) };
          });
    this.commands.push({ name, items: items?.filter(({ text }) => text !== ''), span });
  }

  /** A file that cannot be read may hold more restrictions: that is an error, unless firejail itself passes over it. */
  #include(path: string, span: Span, depth: number): void {
    if (this.#inclusion.find(path, span) !== undefined) {
      const { text, file } = this.#inclusion.open(path, span, depth);
      this.read(text, file, depth + 1);
    } else if (WITHOUT_FILTERS.test(path)) {
      // Nothing of it would be carried over.
    } else if (path.endsWith('.local')) {
      const message = `'${path.slice(0, 120)}' is not there; where it exists, firejail reads it`;
      this.#problems.loss('include-missing', message, span);
    } else {
      const help = 'put it beside the profile, or take the line out if it holds nothing about calls';
      throw new ForeignError('include-missing', `'${path.slice(0, 120)}' cannot be read`, span, help);
    }
  }
}
