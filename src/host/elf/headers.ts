import type { ReadAt } from './read-at.ts';

/** `Elf64_Phdr`, elf(5). Sizes and places that no file can have are kept as they are written, rounded. */
export interface ProgramHeader {
  /** `PT_*`. */
  readonly type: number;
  /** `PF_X`, `PF_W` and `PF_R`. */
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
}

/** The headers of a 64-bit ELF file, as far as a launch depends on them. */
export interface ElfHeaders {
  /** `EM_*`. */
  readonly machine: number;
  /** The loader of a dynamically linked program. */
  readonly interpreter: string | undefined;
  readonly program: readonly ProgramHeader[];
}

/** Source: include/uapi/linux/elf.h. */
export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
const PT_INTERP = 3;
export const PT_GNU_STACK = 0x6474_e551;
export const PF_X = 1;
export const PF_W = 2;

const MAGIC = '\x7fELF';
const EHDR_BYTES = 64;
const ELF_CLASS_64 = 2;
/** The kernel takes no program with other or more program headers. Source: `load_elf_phdrs`, fs/binfmt_elf.c. */
const PHDR_BYTES = 56;
const MOST_PHDR_BYTES = 65_536;
const PATH_MAX = 4096;

/** Reads the headers of a 64-bit ELF file; `undefined` for every other file. */
export function readHeaders(read: ReadAt): ElfHeaders | undefined {
  const header = read(0, EHDR_BYTES);
  if (header.length < EHDR_BYTES || header.toString('latin1', 0, 4) !== MAGIC) return undefined;
  if (header[4] !== ELF_CLASS_64) return undefined;
  const program = programHeaders(header, read);
  return { machine: header.readUInt16LE(18), interpreter: interpreterOf(program, read), program };
}

/** `Elf64_Ehdr`: e_phoff at 32, e_phentsize at 54, e_phnum at 56. */
function programHeaders(header: Buffer, read: ReadAt): readonly ProgramHeader[] {
  const length = PHDR_BYTES * header.readUInt16LE(56);
  if (header.readUInt16LE(54) !== PHDR_BYTES || length > MOST_PHDR_BYTES) return [];
  const table = read(Number(header.readBigUInt64LE(32)), length);
  const count = Math.floor(table.length / PHDR_BYTES);
  return Array.from({ length: count }, (_, index) => programHeader(table.subarray(index * PHDR_BYTES)));
}

/** `Elf64_Phdr`: p_type 0, p_flags 4, p_offset 8, p_vaddr 16, p_filesz 32, p_memsz 40. */
function programHeader(entry: Buffer): ProgramHeader {
  const long = (at: number): number => Number(entry.readBigUInt64LE(at));
  return {
    type: entry.readUInt32LE(0),
    flags: entry.readUInt32LE(4),
    offset: long(8),
    address: long(16),
    fileSize: long(32),
    memorySize: long(40),
  };
}

/** The kernel takes the first. */
function interpreterOf(program: readonly ProgramHeader[], read: ReadAt): string | undefined {
  const header = program.find(({ type }) => type === PT_INTERP);
  if (header === undefined) return undefined;
  const name = read(header.offset, Math.min(PATH_MAX, header.fileSize)).toString('utf8');
  return name.split('\0')[0];
}
