const PLAIN = /^(--?)?[A-Za-z_./][\w./+@%=-]*$/;
const NUMBER = /^\d+(:\d+|[a-zA-Z]+)?$/;
const NO_TEXT = /^(true|false|null|yes|no|on|off|y|n)$/i;

/** A word that YAML reads as this text, also inside `[]` and `{}`. A number stays one. */
export function yamlText(text: string): string {
  return (PLAIN.test(text) && !NO_TEXT.test(text)) || NUMBER.test(text) ? text : JSON.stringify(text);
}

/** A list on one line, in which a number is a text. */
export function yamlList(words: readonly string[]): string {
  return `[${words.map((word) => (/^\.?\d/.test(word) ? JSON.stringify(word) : yamlText(word))).join(', ')}]`;
}
