/** The sentence of a key as the phrase of an option. */
export function optionText(sentence: string): string {
  return sentence.replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase()).replace(/\.$/, '');
}
