const TAB = '    ';

/** Nothing in a file may steer the terminal or add a line: control characters and what reorders text are written as escapes. */
export function visible(text: string): string {
  return text
    .replaceAll('\t', TAB)
    .replace(
      /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
      (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
    );
}
