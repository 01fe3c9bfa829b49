import type { Random } from './random.ts';

/** Words, numbers, line ends, blanks, and any other character by itself. */
const TOKEN = /[A-Za-z_@$][\w@.-]*|0x[0-9a-fA-F]+|\d+|\r?\n|[^\S\n]+|[\s\S]/gu;

/** Numbers at which readers change their minds. */
const NUMBERS = [
  ...['0', '1', '-1', '6', '32', '63', '64', '255', '4095', '4096', '65535', '65536', '007', '1e3', '0x'],
  ...['0xffffffff', '4294967296', '0x7fffffffffffffff', '18446744073709551615', '18446744073709551616'],
  '9'.repeat(400),
];

/** What no format expects. */
const STRANGE = [
  '',
  '\0',
  '\ufeff',
  '\u2028',
  '\u202e',
  '\ud800',
  '\u{1f600}',
  '__proto__',
  'constructor',
  'ü',
];

/** Makes inputs from texts that a reader understands: parts are lost, doubled, moved, and replaced by others of their kind. */
export class TextMutator {
  readonly #texts: readonly (readonly string[])[];
  readonly #tokens: readonly string[];
  readonly #words: readonly string[];

  /** `words`: what has a meaning in the format, and need not occur in the texts. */
  constructor(texts: readonly string[], words: readonly string[]) {
    this.#texts = texts.map((text) => text.match(TOKEN) ?? []);
    this.#tokens = [...new Set(this.#texts.flat())];
    this.#words = words;
  }

  /** One of some fifty is a text as it was. */
  text(random: Random): string {
    const tokens = [...(this.#texts[random(this.#texts.length)] ?? [])];
    if (random(50) === 0) return tokens.join('');
    for (let change = random(4); change >= 0; change -= 1) this.#change(tokens, random);
    return tokens.join('');
  }

  #change(tokens: string[], random: Random): void {
    const at = random(tokens.length + 1);
    const few = 1 + random(random(4) === 0 ? 20 : 3);
    switch (random(12)) {
      case 0:
        tokens.splice(at, few);
        break;
      case 1:
        tokens.splice(at, 0, ...tokens.slice(at, at + few));
        break;
      case 2:
        tokens.splice(at, random(2), this.#words[random(this.#words.length)] ?? '');
        break;
      case 3:
        tokens.splice(at, 1, this.#tokens[random(this.#tokens.length)] ?? '');
        break;
      case 4: {
        const other = this.#texts[random(this.#texts.length)] ?? [];
        const from = random(other.length + 1);
        tokens.splice(at, random(2) * few, ...other.slice(from, from + few));
        break;
      }
      case 5:
        this.#number(tokens, at, random);
        break;
      case 6:
        tokens.splice(at, random(2), String.fromCharCode(random(random(8) === 0 ? 0x3000 : 128)));
        break;
      case 7:
        tokens.splice(at, random(2), STRANGE[random(STRANGE.length)] ?? '');
        break;
      case 8:
        if (random(4) === 0) tokens.length = at;
        break;
      case 9: {
        const place = random(tokens.length + 1);
        [tokens[at], tokens[place]] = [tokens[place] ?? '', tokens[at] ?? ''];
        break;
      }
      case 10:
        // Depth and length have an end.
        if (random(10) === 0) tokens.splice(at, 0, (tokens[at] ?? '').repeat(random(300)));
        break;
      default:
        tokens[at] = misspelt(tokens[at] ?? '', random);
    }
  }

  /** Another number where there is one, else anywhere. */
  #number(tokens: string[], from: number, random: Random): void {
    const number = NUMBERS[random(NUMBERS.length)] ?? '';
    const next = tokens.findIndex((token, index) => index >= from && /^\d/.test(token));
    if (next >= 0) tokens[next] = number;
    else tokens.splice(from, 0, number);
  }
}

function misspelt(token: string, random: Random): string {
  const at = random(token.length + 1);
  const other = random(2) === 0 ? '' : (token[random(token.length)] ?? '');
  return token.slice(0, at) + other + token.slice(at + random(2));
}
