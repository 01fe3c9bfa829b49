import { nearest } from '../../policy/nearest.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { Problems } from './problems.ts';

type Kind = JsonValue['kind'];
type OfKind<K extends Kind> = Extract<JsonValue, { kind: K }>;

const KIND_NAMES: Readonly<Record<Kind, string>> = {
  null: 'null',
  boolean: 'true or false',
  number: 'a number',
  text: 'a text',
  list: 'a list',
  object: 'an object',
};

/** The members of one JSON object, asked for by name and kind. A null member counts as absent, as readers in Go have it. */
export class JsonFields {
  readonly object: JsonObject;
  readonly #problems: Problems;

  constructor(object: JsonObject, problems: Problems) {
    this.object = object;
    this.#problems = problems;
  }

  /** A member of the wanted kind; absent, or of another kind, which is reported: `undefined`. */
  of<K extends Kind>(name: string, kind: K): OfKind<K> | undefined {
    const member = this.object.members.get(name);
    if (member === undefined || member.value.kind === 'null') return undefined;
    return this.expect(member.value, kind, `'${name}'`);
  }

  /** The items of a list that are of the wanted kind; the others are reported. */
  listOf<K extends Kind>(name: string, kind: K): readonly OfKind<K>[] {
    const items = this.of(name, 'list')?.items ?? [];
    return items.flatMap((item) => this.expect(item, kind, `an item of '${name}'`) ?? []);
  }

  /** An unsigned number below a bound, with every bit of it. */
  unsigned(name: string, bits: number): bigint | undefined {
    const number = this.of(name, 'number');
    if (number === undefined) return undefined;
    const value = /^(0|[1-9][0-9]{0,19})$/.test(number.text) ? BigInt(number.text) : undefined;
    if (value !== undefined && value < 1n << BigInt(bits)) return value;
    const message = `'${name}' is a whole number below 2^${bits}, found ${number.text.slice(0, 40)}`;
    this.#problems.error('json-number', message, number.span);
    return undefined;
  }

  expect<K extends Kind>(value: JsonValue, kind: K, what: string): OfKind<K> | undefined {
    if (isOfKind(value, kind)) return value;
    const message = `${what} is ${KIND_NAMES[kind]}, found ${KIND_NAMES[value.kind]}`;
    this.#problems.error('json-kind', message, value.span);
    return undefined;
  }

  /** Reports members that no reader asked for, because they were written for a purpose. */
  refuseOthers(known: readonly string[]): void {
    for (const [name, { key }] of this.object.members) {
      if (known.includes(name)) continue;
      const close = nearest(name, known);
      const help = close === undefined ? `known here: ${known.join(', ')}` : `did you mean '${close}'?`;
      this.#problems.error('unknown-key', `the key '${name.slice(0, 60)}' has no meaning here`, key, help);
    }
  }
}

function isOfKind<K extends Kind>(value: JsonValue, kind: K): value is OfKind<K> {
  return value.kind === kind;
}
