/** A source of numbers that are the same in every run. */
export type Random = (below: number) => number;

export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A text with a few parts cut out, doubled, swapped with parts of the others, or replaced by words of the format. */
export function mutate(texts: readonly string[], words: readonly string[], random: Random): string {
  let text = texts[random(texts.length)] ?? '';
  for (let change = random(4); change >= 0; change -= 1) {
    const from = random(text.length + 1);
    const to = Math.min(text.length, from + random(random(4) === 0 ? 40 : 4));
    const other = texts[random(texts.length)] ?? '';
    const start = random(other.length + 1);
    const replacements = [
      '',
      text.slice(from, to).repeat(2),
      words[random(words.length)] ?? '',
      other.slice(start, start + random(30)),
      String.fromCharCode(random(random(8) === 0 ? 0x3000 : 128)),
    ];
    text = text.slice(0, from) + (replacements[random(replacements.length)] ?? '') + text.slice(to);
  }
  return text;
}
