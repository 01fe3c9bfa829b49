/** The words behind the name of a program, parted as getopt(3) does where options end at the first other word. */
export interface Options {
  /** Options with their values, in their order; without a value it is empty. */
  readonly given: readonly (readonly [option: string, value: string])[];
  /** From the first word on that is no option. */
  readonly rest: readonly string[];
}

/** `valued`: the options that take a value, such as `-n` and `--adjustment`. A value may be in the word of its option. */
export function readOptions(words: readonly string[], valued: readonly string[]): Options {
  const given: [string, string][] = [];
  let at = 0;
  for (; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') {
      at += 1;
      break;
    }
    if (!word.startsWith('-') || word === '-') break;
    const [, name = '', value] = /^(--[^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name !== '') {
      const takesNext = value === undefined && valued.includes(name);
      if (takesNext) at += 1;
      given.push([name, takesNext ? (words[at] ?? '') : (value ?? '')]);
      continue;
    }
    for (let letter = 1; letter < word.length; letter += 1) {
      const option = `-${word[letter]}`;
      if (!valued.includes(option)) {
        given.push([option, '']);
        continue;
      }
      const joined = word.slice(letter + 1);
      if (joined === '') at += 1;
      given.push([option, joined === '' ? (words[at] ?? '') : joined]);
      break;
    }
  }
  return { given, rest: words.slice(at) };
}

/** The value of the last of these options. */
export function optionValue({ given }: Options, ...names: readonly string[]): string | undefined {
  return given.findLast(([option]) => names.includes(option))?.[1];
}
