import { ELF_MACHINES } from '../../src/host/elf/machines.ts';
import { hostArchitecture } from '../../src/host/host-architecture.ts';

/** Tags of a dynamic section. Source: elf/elf.h of glibc. */
const TAGS = {
  needed: 1,
  name: 14,
  rpath: 15,
  runpath: 29,
  filter: 0x7fff_ffff,
  audit: 0x6fff_fefc,
} as const;
const DT_STRTAB = 5;

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const EHDR = 64;
const PHDR = 56;

export interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly fileSize?: number;
  readonly memorySize?: number;
}

export interface ElfText {
  readonly machine?: number;
  readonly interpreter?: string;
  readonly segments?: readonly Segment[];
  /** In the order of the section. */
  readonly dynamic?: readonly (readonly [keyof typeof TAGS, string])[];
  /** Numbers beside: tag and value. */
  readonly numbers?: readonly (readonly [number, number])[];
}

/** The bytes of an ELF file as a reader of headers sees them: one segment holds the file, and no code is in it. */
export function elfFile(text: ElfText = {}): Buffer {
  const strings = Buffer.from(`\0${(text.dynamic ?? []).map(([, value]) => `${value}\0`).join('')}`);
  const entries: (readonly [number, number])[] = [];
  let place = 1;
  for (const [tag, value] of text.dynamic ?? []) {
    entries.push([TAGS[tag], place]);
    place += Buffer.byteLength(value) + 1;
  }
  const isDynamic = text.dynamic !== undefined || text.numbers !== undefined;
  const count =
    1 + (isDynamic ? 1 : 0) + (text.interpreter === undefined ? 0 : 1) + (text.segments ?? []).length;
  const stringsAt = EHDR + PHDR * count;
  const dynamicAt = stringsAt + strings.length;
  const all = [...entries, ...(text.numbers ?? []), [DT_STRTAB, stringsAt] as const, [0, 0] as const];
  const section = Buffer.concat(all.map(([tag, value]) => longs(tag, value)));
  const name = Buffer.from(text.interpreter === undefined ? '' : `${text.interpreter}\0`);
  const nameAt = dynamicAt + section.length;
  const length = nameAt + name.length;
  const table = [
    header(PT_LOAD, 4, 0, length, length),
    ...(isDynamic ? [header(PT_DYNAMIC, 4, dynamicAt, section.length, section.length)] : []),
    ...(text.interpreter === undefined ? [] : [header(PT_INTERP, 4, nameAt, name.length, name.length)]),
    ...(text.segments ?? []).map(({ type, flags, fileSize = 0, memorySize = fileSize }) =>
      header(type, flags, 0, fileSize, memorySize, 0x10_0000),
    ),
  ];
  return Buffer.concat([
    fileHeader(text.machine ?? ELF_MACHINES[hostArchitecture()], count),
    ...table,
    strings,
    section,
    name,
  ]);
}

/** `Elf64_Ehdr`, elf(5): type 16, machine 18, program headers at 32, their size 54 and number 56. */
function fileHeader(machine: number, count: number): Buffer {
  const bytes = Buffer.alloc(EHDR);
  bytes.write('\x7fELF\x02\x01\x01', 'latin1');
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE(machine, 18);
  bytes.writeBigUInt64LE(BigInt(EHDR), 32);
  bytes.writeUInt16LE(PHDR, 54);
  bytes.writeUInt16LE(count, 56);
  return bytes;
}

function header(
  type: number,
  flags: number,
  offset: number,
  fileSize: number,
  memorySize: number,
  address = offset,
): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(flags, 4);
  return Buffer.concat([bytes, longs(offset, address, address, fileSize, memorySize, 4096)]);
}

function longs(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length);
  values.forEach((value, index) => {
    bytes.writeBigUInt64LE(BigInt(value), 8 * index);
  });
  return bytes;
}

/** A cache of the loader, with the name, path and hardware of each library. Source: sysdeps/generic/dl-cache.h of glibc. */
export function loaderCache(libraries: readonly (readonly [string, string, number])[]): Buffer {
  const head = Buffer.alloc(48);
  head.write('glibc-ld.so.cache1.1', 'latin1');
  head.writeUInt32LE(libraries.length, 20);
  const texts = Buffer.from(libraries.map(([name, path]) => `${name}\0${path}\0`).join(''));
  head.writeUInt32LE(texts.length, 24);
  let place = head.length + 24 * libraries.length;
  const entries = libraries.map(([name, path, hardware]) => {
    const entry = Buffer.alloc(24);
    entry.writeInt32LE(hostArchitecture() === 'x86_64' ? 0x0303 : 0x0a03, 0);
    entry.writeUInt32LE(place, 4);
    entry.writeUInt32LE(place + name.length + 1, 8);
    entry.writeBigUInt64LE(BigInt(hardware), 16);
    place += name.length + path.length + 2;
    return entry;
  });
  return Buffer.concat([head, ...entries, texts]);
}
