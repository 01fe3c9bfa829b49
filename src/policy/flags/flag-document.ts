import type { CommandLine } from '../command-line.ts';
import { COMMAND_SEPARATOR } from '../command-line.ts';
import type { Diagnostic, Span } from '../diagnostic.ts';
import type { Place, PolicyDocument } from '../document.ts';
import { type Piece, type WrittenFlag, writtenFlags } from './written-flags.ts';

/** Returns the document of a policy that the flags of a command line and the command after `--` describe. */
export function flagDocument(line: CommandLine, from: number): PolicyDocument {
  const writer = new Writer(line);
  for (const written of writtenFlags(line.words, from)) writer.flag(written);
  writer.command(line.words.indexOf(COMMAND_SEPARATOR, from));
  return {
    value: writer.value,
    places: writer.places,
    settled: new Set(),
    diagnostics: writer.diagnostics,
  };
}

type Mapping = Record<string, unknown>;

class Writer {
  readonly value: Mapping = Object.create(null);
  readonly places: Map<string, Place> = new Map();
  readonly diagnostics: Diagnostic[] = [];
  readonly #line: CommandLine;

  constructor(line: CommandLine) {
    this.#line = line;
  }

  flag(written: WrittenFlag): void {
    const { flag, name, text, value } = written;
    const key = this.#span(name);
    switch (flag.kind) {
      case 'value':
      case 'switch':
        if (this.places.has(flag.path)) this.#twice(`--${flag.name}`, key);
        else this.#set(flag.path, this.#read(written, text), { key, value: this.#span(value) });
        break;
      case 'list':
        this.#append(flag.path, key, this.#read(written, text), this.#span(value));
        break;
      case 'entry':
      case 'entry-list':
        this.#entry(written, key);
    }
  }

  /** The words behind `--` are the program and its arguments. */
  command(separator: number): void {
    if (separator === -1) return;
    const words = this.#line.words.slice(separator + 1);
    const whole = this.#line.spanOf(separator);
    this.#set('run', words, { key: whole, value: whole });
    for (const index of words.keys()) {
      const span = this.#line.spanOf(separator + 1 + index);
      this.places.set(`run.${index}`, { key: undefined, value: span });
    }
  }

  /** NAME=VALUE: a key of the mapping, or an item of the list under it. */
  #entry(written: WrittenFlag, key: Span): void {
    const { flag, text, value } = written;
    const at = text.indexOf('=');
    const name = text.slice(0, Math.max(0, at));
    if (name === '' || name === '__proto__') {
      const help = `write --${flag.name} ${flag.argument}`;
      this.#report('flag-form', `expected ${flag.argument}, found '${text}'`, this.#span(value), help);
      return;
    }
    if (!this.places.has(flag.path)) this.#set(flag.path, Object.create(null), { key, value: key });
    const path = `${flag.path}.${name}`;
    const nameSpan = this.#span({ ...value, end: value.start + at });
    const valueSpan = this.#span({ ...value, start: value.start + at + 1 });
    const item = this.#read(written, text.slice(at + 1));
    if (flag.kind === 'entry-list') this.#append(path, nameSpan, item, valueSpan, name);
    else if (this.places.has(path)) this.#twice(name, nameSpan);
    else this.#set(path, item, { key: nameSpan, value: valueSpan }, name);
  }

  #append(path: string, key: Span, item: unknown, span: Span, last?: string): void {
    const known: unknown = this.#get(path, last);
    const list = Array.isArray(known) ? known : [];
    this.places.set(`${path}.${list.length}`, { key: undefined, value: span });
    this.#set(path, [...list, item], this.places.get(path) ?? { key, value: key }, last);
  }

  /** Digits are a number where the file would have one; the schema refuses words other than `true` and `false`. */
  #read({ flag }: WrittenFlag, text: string): unknown {
    if (flag.kind === 'switch' && (text === 'true' || text === 'false')) return text === 'true';
    if (flag.numeric !== true || !/^-?\d+$/.test(text)) return text;
    return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
  }

  /** `last`: the last part of the path, which may have dots in it. */
  #get(path: string, last: string | undefined): unknown {
    const { mapping, name } = this.#parent(path, last);
    return mapping[name];
  }

  #set(path: string, value: unknown, place: Place, last?: string): void {
    const { mapping, name } = this.#parent(path, last);
    mapping[name] = value;
    this.places.set(path, place);
    const [group = ''] = path.split('.');
    if (!this.places.has(group)) this.places.set(group, place);
  }

  #parent(path: string, last: string | undefined): { readonly mapping: Mapping; readonly name: string } {
    const above =
      last === undefined ? path.split('.').slice(0, -1) : path.slice(0, -last.length - 1).split('.');
    const name = last ?? path.split('.').at(-1) ?? '';
    let mapping = this.value;
    for (const part of above) {
      const inner = (mapping[part] ?? Object.create(null)) as Mapping;
      mapping[part] = inner;
      mapping = inner;
    }
    return { mapping, name };
  }

  #twice(what: string, span: Span): void {
    this.#report('flag-twice', `'${what}' is given twice`, span, 'keep one of the two');
  }

  #report(code: string, message: string, span: Span, help: string): void {
    this.diagnostics.push({ code, severity: 'error', message, span, help });
  }

  #span({ word, start, end }: Piece): Span {
    return this.#line.spanOf(word, start, end);
  }
}
