import type {
  ExampleDescription,
  OptionDescription,
  SurroundingDescription,
} from '../arguments/command-description.ts';
import { optionTerm, optionText } from '../arguments/help-text.ts';
import type { Block } from './roff.ts';

export function section(title: string, blocks: readonly Block[]): readonly Block[] {
  return blocks.length === 0 ? [] : [{ kind: 'section', title }, ...blocks];
}

export function paragraphs(texts: readonly string[]): readonly Block[] {
  return texts.map((text) => ({ kind: 'paragraph', text }));
}

/**
 * One entry an option; the entry of a list notes that it may repeat. `keys`: the keys of a policy behind options of
 * other names.
 */
export function optionBlocks(
  options: readonly OptionDescription[],
  keys: ReadonlyMap<string, string> = new Map(),
): readonly Block[] {
  return options.map((option): Block => {
    const repeats = option.kind === 'list' ? '; you may give it again' : '';
    const key = keys.get(option.name);
    const pointer = key === undefined || key === option.name ? '' : ` The key is \`${key}\`.`;
    return {
      kind: 'entry',
      term: { style: 'syntax', text: optionTerm(option) },
      paragraphs: [sentence(`${optionText(option)}${repeats}`) + pointer],
    };
  });
}

export function exampleBlocks(examples: readonly ExampleDescription[]): readonly Block[] {
  return examples.flatMap(({ line, describe }): readonly Block[] => [
    { kind: 'paragraph', text: `${capital(describe)}:` },
    { kind: 'code', lines: [line] },
  ]);
}

export function surroundingBlocks(list: readonly SurroundingDescription[] | undefined): readonly Block[] {
  return (list ?? []).map(({ name, describe }) => ({
    kind: 'entry',
    term: { style: 'literal', text: name },
    paragraphs: [sentence(describe)],
  }));
}

/** The names of pages, in one paragraph. */
export function seeAlso(pages: readonly string[]): readonly Block[] {
  return section('SEE ALSO', paragraphs([pages.join(', ')]));
}

/** A phrase of a table as a sentence. */
export function sentence(phrase: string): string {
  return `${capital(phrase)}.`;
}

/** Starts a phrase with a capital, unless it starts with a word that users type. */
function capital(phrase: string): string {
  return phrase.replace(/^[a-z](?=[a-z' ])/, (first) => first.toUpperCase());
}
