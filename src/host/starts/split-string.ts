/** The words of `env -S TEXT`: blanks part them, quotes and backslashes keep them together. Source: env(1). */
export function splitString(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at] ?? '';
    const next = text[at + 1] ?? '';
    if (letter === '\\' && (quote !== "'" || next === "'" || next === '\\')) {
      at += 1;
      if (next === '_' && quote === '') {
        if (word !== undefined) words.push(word);
        word = undefined;
      } else {
        word = (word ?? '') + (next === '_' ? ' ' : next);
      }
    } else if (quote !== '' ? letter === quote : letter === '"' || letter === "'") {
      quote = quote === '' ? letter : '';
      word ??= '';
    } else if (quote === '' && /\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + letter;
    }
  }
  return word === undefined ? words : [...words, word];
}
