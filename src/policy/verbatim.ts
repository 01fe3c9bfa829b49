import { allKeys } from './known-keys.ts';

/**
 * Keys whose value is the text as written: YAML reads `0077` as 77, `6.10` as 6.1, `null` as no value and an argument
 * `1.0` as 1.
 */
const VERBATIM = new RegExp(`^(${[...places('value', ''), ...places('items', '\\.\\w+')].join('|')})$`);

function places(verbatim: 'value' | 'items', inside: string): readonly string[] {
  const paths = allKeys().filter(({ key }) => key.verbatim === verbatim);
  return paths.map(({ path }) => path.replaceAll('.', '\\.') + inside);
}

/** Returns whether the value at this path is its text, even where YAML would read a number or another type. */
export function isVerbatim(path: string): boolean {
  return VERBATIM.test(path);
}
