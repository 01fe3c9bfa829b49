/** Counts that show whether a text tires its reader. */
export interface ProseFigures {
  readonly words: number;
  /** Words of a sentence: the mean, and the length that nine of ten sentences keep to. */
  readonly meanSentence: number;
  readonly longSentence: number;
  /** In a thousand words: nothing, nobody and none. */
  readonly nothings: number;
  /** In a thousand words: what, whatever and whoever, outside of questions. */
  readonly whats: number;
  /** In a thousand words: you and your. */
  readonly yous: number;
}

/** Words of a label, as in a cell of a table, which makes no sentence shorter. */
const LABEL = 3;

/** The figures of sentences in pieces of prose, none of which goes over the end of its piece. */
export function proseFigures(pieces: readonly string[]): ProseFigures {
  const sentences = pieces
    .flatMap((piece) => piece.split(/(?<=[.!?])\s+/))
    .map((text) => ({ words: wordsOf(text), isQuestion: /\?\W*$/.test(text) }))
    .filter(({ words }) => words.length > 0);
  const all = sentences.flatMap(({ words }) => words);
  const stated = sentences.filter(({ isQuestion }) => !isQuestion).flatMap(({ words }) => words);
  const inThousand = (words: readonly string[], wanted: readonly string[]): number =>
    (words.filter((word) => wanted.includes(word.toLowerCase())).length * 1000) / all.length;
  const lengths = sentences
    .map(({ words }) => words.length)
    .filter((length) => length > LABEL)
    .toSorted((a, b) => a - b);
  return {
    words: all.length,
    meanSentence: lengths.reduce((sum, length) => sum + length, 0) / lengths.length,
    longSentence: lengths[Math.ceil(lengths.length * 0.9) - 1] ?? 0,
    nothings: inThousand(all, ['nothing', 'nobody', 'none']),
    whats: inThousand(stated, ['what', 'whatever', 'whoever']),
    yous: inThousand(all, ['you', 'your']),
  };
}

function wordsOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}][\p{L}\p{N}'_/.:=-]*[\p{L}\p{N}]|[\p{L}\p{N}]/gu) ?? [];
}

/** Paragraphs, items and cells of a Markdown page, without code and headings. */
export function markdownPieces(markdown: string): readonly string[] {
  const prose = markdown
    .replaceAll(/^```.*?^```$/gms, '')
    .replaceAll(/^#.*$/gm, '')
    .replaceAll(/^\|[-| ]+\|$/gm, '')
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/`[^`]*`/g, 'code');
  return prose
    .split(/\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )|\||\n(?=\|)/)
    .map((piece) =>
      piece
        .replace(/^\s*(?:[-*]|\d+\.) /, '')
        .replaceAll(/[\s*]+/g, ' ')
        .trim(),
    )
    .filter((piece) => piece !== '');
}

/** The texts of a help page whose lines are not broken: its title, and the second column of its rows. */
export function helpPieces(help: string): readonly string[] {
  const [title = '', ...lines] = help.split('\n');
  const texts = lines.flatMap((line) => /^ +\S.*? {2,}(\S.*)$/.exec(line)?.[1] ?? []);
  return [title, ...texts];
}
