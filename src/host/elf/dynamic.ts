import { type ElfHeaders, PT_DYNAMIC, PT_LOAD } from './headers.ts';
import type { ReadAt } from './read-at.ts';

/** The requests of a program or library to the loader, in its dynamic section. */
export interface Dynamic {
  /** `DT_NEEDED`, in its order. */
  readonly needed: readonly string[];
  /** `DT_AUXILIARY`, `DT_FILTER`, `DT_AUDIT` and `DT_DEPAUDIT`: loaded where they are found, and not missed where not. */
  readonly optional: readonly string[];
  readonly name: string | undefined;
  /** Of no effect beside `runpath`. */
  readonly rpath: string | undefined;
  readonly runpath: string | undefined;
  /** The loader looks in no directory that it looks in by itself. */
  readonly noDefaultDirectories: boolean;
  /** The loader writes to its code, which the loader therefore makes writable. */
  readonly textRelocations: boolean;
}

/** Source: elf/elf.h of glibc. */
const DT_NULL = 0;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_STRSZ = 10;
const DT_SONAME = 14;
const DT_RPATH = 15;
const DT_TEXTREL = 22;
const DT_RUNPATH = 29;
const DT_FLAGS = 30;
const DT_FLAGS_1 = 0x6fff_fffb;
const OPTIONAL = [0x7fff_fffd, 0x7fff_ffff, 0x6fff_fefc, 0x6fff_fefb];
const DF_TEXTREL = 4;
const DF_1_NODEFLIB = 0x800;

const ENTRY_BYTES = 16;
/** A library of thousands of others has a section of some 64 KiB. */
const MOST_BYTES = 1024 * 1024;
/** Longer than a name or a search path, which the loader would look for in vain: `PATH_MAX`, many times. */
const LONGEST_TEXT = 65_536;
const TEXT_PIECE = 256;

/** The entries of a dynamic section. */
export interface DynamicSection {
  /** The values of all entries with this tag. */
  readonly valuesOf: (tag: number) => readonly number[];
  /** The place in the file of what the last entry with this tag points at. */
  readonly placeOf: (tag: number) => number | undefined;
  /** The place of the names in the file, and their length. */
  readonly strings: number | undefined;
  readonly stringBytes: number;
}

/** Reads the dynamic section where the loader finds it: at its address in memory. `undefined` for a static program. */
export function dynamicSection({ program }: ElfHeaders, read: ReadAt): DynamicSection | undefined {
  const section = program.findLast(({ type }) => type === PT_DYNAMIC);
  if (section === undefined) return undefined;
  const offsetOf = (address: number): number | undefined => {
    const segment = program.find(
      (each) => each.type === PT_LOAD && address >= each.address && address - each.address < each.fileSize,
    );
    return segment && segment.offset + (address - segment.address);
  };
  const at = offsetOf(section.address) ?? section.offset;
  const entries = entriesOf(read(at, Math.min(MOST_BYTES, section.memorySize)));
  const valuesOf = (tag: number): readonly number[] =>
    entries.filter((entry) => entry.tag === tag).map(({ value }) => value);
  const placeOf = (tag: number): number | undefined => offsetOf(valuesOf(tag).at(-1) ?? 0);
  return { valuesOf, placeOf, strings: placeOf(DT_STRTAB), stringBytes: valuesOf(DT_STRSZ).at(-1) ?? 0 };
}

/** Reads the requests of a program or library. `undefined` for a static program. */
export function readDynamic(headers: ElfHeaders, read: ReadAt): Dynamic | undefined {
  const section = dynamicSection(headers, read);
  if (section === undefined) return undefined;
  const { valuesOf, strings } = section;
  const last = (tag: number): number | undefined => valuesOf(tag).at(-1);
  const text = (value: number | undefined): string | undefined =>
    value === undefined || strings === undefined ? undefined : textAt(read, strings + value);
  const texts = (...tags: readonly number[]): readonly string[] =>
    tags.flatMap(valuesOf).flatMap((value) => text(value) ?? []);
  return {
    needed: texts(DT_NEEDED),
    optional: texts(...OPTIONAL),
    name: text(last(DT_SONAME)),
    rpath: text(last(DT_RPATH)),
    runpath: text(last(DT_RUNPATH)),
    noDefaultDirectories: hasBit(last(DT_FLAGS_1), DF_1_NODEFLIB),
    textRelocations: last(DT_TEXTREL) !== undefined || hasBit(last(DT_FLAGS), DF_TEXTREL),
  };
}

interface Entry {
  readonly tag: number;
  readonly value: number;
}

/** `Elf64_Dyn`: d_tag 0, d_un 8. The first `DT_NULL` ends the section. */
function entriesOf(bytes: Buffer): readonly Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    const tag = Number(bytes.readBigUInt64LE(at));
    if (tag === DT_NULL) break;
    entries.push({ tag, value: Number(bytes.readBigUInt64LE(at + 8)) });
  }
  return entries;
}

/** Up to its zero; `undefined` when there is none in the file, or too far away. */
function textAt(read: ReadAt, at: number): string | undefined {
  for (let length = TEXT_PIECE; length <= LONGEST_TEXT; length *= 4) {
    const bytes = read(at, length);
    const end = bytes.indexOf(0);
    if (end !== -1) return bytes.toString('utf8', 0, end);
    if (bytes.length < length) return undefined;
  }
  return undefined;
}

function hasBit(value: number | undefined, bit: number): boolean {
  return value !== undefined && (BigInt(value) & BigInt(bit)) !== 0n;
}
