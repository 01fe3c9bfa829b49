import { flagsOfKeys } from '../flags/flags-of-keys.ts';
import { optionText } from '../flags/option-text.ts';
import { SECTIONS, type Section } from '../keys/key.ts';
import { defaultText, type KeyReference, policyReference, valueText } from '../reference/policy-reference.ts';

/** A page with the rows of keys written anew: a table of them stands below a comment with the title of their section. */
export function withKeyRows(page: string): string {
  return SECTIONS.reduce((text, section) => {
    const table = new RegExp(`(<!-- keys: ${section} -->\n)(?:\\|.*\n)*`, 'g');
    if (text.match(table)?.length !== 1)
      throw new Error(`the page needs one line '<!-- keys: ${section} -->'`);
    return text.replace(table, (_all, marker: string) => marker + keyTable(section));
  }, page);
}

function keyTable(section: Section): string {
  const rows = policyReference(section)
    .flatMap((key) => (key.keys.length === 0 ? [key] : key.keys))
    .map(keyRow);
  return tableText([['key', 'value', 'default', 'meaning'], ...rows]);
}

function keyRow(key: KeyReference): readonly string[] {
  return [`\`${key.path}\``, valueText(key), key.required ? 'required' : defaultText(key), key.text];
}

/** A page with the rows of the options for keys written anew, below the row of `--policy` and for the same commands. */
export function withOptionRows(page: string): string {
  const rows = /^(\| `--policy`[^|]*\| ([^|]+) \|.*\n)(?:\|.*\n)*/m;
  return page.replace(rows, (_all, first: string, commands: string) => {
    const options = flagsOfKeys().map(({ name, describe }) => [
      `\`--${name}\``,
      commands,
      optionText(describe),
    ]);
    return first + options.map(rowText).join('');
  });
}

function tableText([head = [], ...rows]: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map(rowText).join('');
}

function rowText(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
}
