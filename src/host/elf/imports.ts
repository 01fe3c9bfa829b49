import { dynamicSection } from './dynamic.ts';
import { readHeaders } from './headers.ts';
import type { ReadAt } from './read-at.ts';

const DT_SYMTAB = 6;
/** `Elf64_Sym`: st_name 4, st_info 1, st_other 1, st_shndx 2, st_value 8, st_size 8. */
const SYMBOL_BYTES = 24;
const SHN_UNDEF = 0;
/** Programs of tens of MiB import some thousand names. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Reads the names that a program takes from its libraries. Nothing tells the loader how many symbols there are; linkers
 * put their names right behind them.
 */
export function readImports(read: ReadAt): ReadonlySet<string> {
  const headers = readHeaders(read);
  const section = headers === undefined ? undefined : dynamicSection(headers, read);
  const symbols = section?.placeOf(DT_SYMTAB);
  const strings = section?.strings;
  if (symbols === undefined || strings === undefined || strings <= symbols) return new Set();
  const table = read(symbols, Math.min(MOST_BYTES, strings - symbols));
  const names = read(strings, Math.min(MOST_BYTES, section?.stringBytes ?? 0));
  const found = new Set<string>();
  for (let at = 0; at + SYMBOL_BYTES <= table.length; at += SYMBOL_BYTES) {
    if (table.readUInt16LE(at + 6) !== SHN_UNDEF) continue;
    const start = table.readUInt32LE(at);
    const end = names.indexOf(0, start);
    if (start > 0 && end > start) found.add(names.toString('latin1', start, end));
  }
  return found;
}
