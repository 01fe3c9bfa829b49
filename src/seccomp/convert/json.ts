import type { Diagnostic, Span } from '../../policy/diagnostic.ts';
import { type Positions, positionsOf } from '../../policy/positions.ts';

/** A value of JSON with its place. Its numbers keep every digit. */
export type JsonValue = { readonly span: Span } & (
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** As written: `18446744073709551615` has no exact value as a JavaScript number. */
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'list'; readonly items: readonly JsonValue[] }
  | { readonly kind: 'object'; readonly members: ReadonlyMap<string, JsonMember> }
);

export interface JsonMember {
  /** The place of the key. */
  readonly key: Span;
  readonly value: JsonValue;
}

export type JsonObject = Extract<JsonValue, { kind: 'object' }>;

/** Filters nest some five levels; the reader calls itself once for each. */
const MAX_DEPTH = 64;

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /[A-Za-z]+/y;
/** Matches up to the closing quote. Characters that may not stand there are found when the string is read. */
const TEXT = /"(?:[^"\\\n]|\\.)*"/y;

const WORDS: ReadonlyMap<
  string,
  { readonly kind: 'null' } | { readonly kind: 'boolean'; readonly value: boolean }
> = new Map<string, { readonly kind: 'null' } | { readonly kind: 'boolean'; readonly value: boolean }>([
  ['null', { kind: 'null' }],
  ['true', { kind: 'boolean', value: true }],
  ['false', { kind: 'boolean', value: false }],
]);

/** Reads the text of one JSON value (RFC 8259). The first mistake ends it, with its place. */
export function readJson(
  text: string,
  file: string,
):
  | { readonly value: JsonValue; readonly problem: undefined }
  | { readonly value: undefined; readonly problem: Diagnostic } {
  const reader = new JsonReader(text, positionsOf(file, text));
  try {
    return { value: reader.document(), problem: undefined };
  } catch (error) {
    if (error instanceof JsonError) return { value: undefined, problem: error.problem };
    throw error;
  }
}

class JsonError extends Error {
  readonly problem: Diagnostic;

  constructor(message: string, span: Span, help: string | undefined) {
    super(message);
    this.name = 'JsonError';
    this.problem = { code: 'json-syntax', severity: 'error', message: `not JSON: ${message}`, span, help };
  }
}

class JsonReader {
  #offset = 0;
  readonly #text: string;
  readonly #positions: Positions;

  constructor(text: string, positions: Positions) {
    this.#text = text;
    this.#positions = positions;
    if (text.startsWith('\ufeff')) this.#offset = 1;
  }

  document(): JsonValue {
    const value = this.#value(0);
    this.#space();
    if (this.#offset < this.#text.length) this.#fail('the end of the file');
    return value;
  }

  #value(depth: number): JsonValue {
    this.#space();
    const start = this.#offset;
    if (depth > MAX_DEPTH) this.#fail(`at most ${MAX_DEPTH} levels of brackets`);
    if (this.#take('{')) return this.#object(start, depth);
    if (this.#take('[')) return this.#list(start, depth);
    if (this.#text[start] === '"') {
      const value = this.#quoted();
      return { kind: 'text', value, span: this.#since(start) };
    }
    const number = this.#match(NUMBER);
    if (number !== undefined) return { kind: 'number', text: number, span: this.#since(start) };
    const word = WORDS.get(this.#match(WORD) ?? '');
    if (word !== undefined) return { ...word, span: this.#since(start) };
    this.#offset = start;
    return this.#fail('a value', this.#text[start] === "'" ? 'texts stand in double quotes' : undefined);
  }

  #object(start: number, depth: number): JsonValue {
    const members = new Map<string, JsonMember>();
    this.#space();
    while (!this.#take('}')) {
      if (members.size > 0 && !this.#take(',')) this.#fail("',' or '}'");
      this.#space();
      const at = this.#offset;
      if (this.#text[at] !== '"')
        this.#fail(
          'a key in double quotes',
          this.#text[at] === '}' ? "no ',' stands behind the last" : undefined,
        );
      const name = this.#quoted();
      const key = this.#since(at);
      if (members.has(name)) {
        throw new JsonError(
          `the key '${name}' is written twice`,
          key,
          'readers disagree which one counts; keep one',
        );
      }
      this.#space();
      if (!this.#take(':')) this.#fail("':'");
      members.set(name, { key, value: this.#value(depth + 1) });
      this.#space();
    }
    return { kind: 'object', members, span: this.#since(start) };
  }

  #list(start: number, depth: number): JsonValue {
    const items: JsonValue[] = [];
    this.#space();
    while (!this.#take(']')) {
      if (items.length > 0 && !this.#take(',')) this.#fail("',' or ']'");
      items.push(this.#value(depth + 1));
      this.#space();
    }
    return { kind: 'list', items, span: this.#since(start) };
  }

  #quoted(): string {
    const start = this.#offset;
    const text = this.#match(TEXT);
    if (text === undefined) return this.#fail('a text that ends on its line', 'its closing quote is missing');
    try {
      return String(JSON.parse(text));
    } catch {
      throw new JsonError(
        'this text holds what JSON texts may not',
        this.#since(start),
        'control characters and odd escapes are written \\u001f',
      );
    }
  }

  #take(character: string): boolean {
    if (this.#text[this.#offset] !== character) return false;
    this.#offset += 1;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    const found = pattern.exec(this.#text)?.[0];
    this.#offset += found?.length ?? 0;
    return found;
  }

  #space(): void {
    this.#match(SPACE);
  }

  #since(start: number): Span {
    return this.#positions.between(start, this.#offset);
  }

  #fail(expected: string, help?: string): never {
    const at = this.#offset;
    const found = this.#text.slice(at).match(/^[A-Za-z0-9_.+-]+|^./su)?.[0];
    const shown =
      found === undefined
        ? 'the end of the file'
        : found === '\n'
          ? 'the end of the line'
          : `'${found.slice(0, 40)}'`;
    throw new JsonError(
      `expected ${expected}, found ${shown}`,
      this.#positions.between(at, at + (found?.length ?? 1)),
      help,
    );
  }
}
