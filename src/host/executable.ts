import { closeSync, openSync, readSync } from 'node:fs';
import type { Architecture } from '../kernel/architecture.ts';

/** What the kernel needs besides the file itself. Source: fs/binfmt_script.c, fs/binfmt_elf.c. */
export type ExecutableFormat =
  | { readonly kind: 'elf'; readonly machine: number; readonly interpreter: string | undefined }
  | { readonly kind: 'script'; readonly interpreter: string }
  | { readonly kind: 'unknown' };

/** `EM_*` of the machines. Source: include/uapi/linux/elf-em.h. */
export const ELF_MACHINES: Readonly<Record<Architecture, number>> = { x86_64: 62, aarch64: 183 };

const HEADER_BYTES = 4096;
/** `BINPRM_BUF_SIZE`, include/uapi/linux/binfmts.h. */
const SCRIPT_BYTES = 256;
const ELF_CLASS_64 = 2;
const PT_INTERP = 3;
/** The kernel takes no program with other or more program headers. Source: `load_elf_phdrs`, fs/binfmt_elf.c. */
const PHDR_BYTES = 56;
const MOST_PHDR_BYTES = 65_536;
const PATH_MAX = 4096;

/** Reads the headers of a program. Throws what opening and reading throw. */
export function executableFormat(path: string): ExecutableFormat {
  const descriptor = openSync(path, 'r');
  try {
    const read = (at: number, length: number): Buffer => {
      // No file is so long, whatever its headers say.
      if (at > Number.MAX_SAFE_INTEGER) return Buffer.alloc(0);
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(descriptor, bytes, 0, length, at));
    };
    const header = read(0, HEADER_BYTES);
    if (header.toString('latin1', 0, 2) === '#!') return script(header);
    return header.toString('latin1', 0, 4) === '\x7fELF' ? elf(header, read) : { kind: 'unknown' };
  } finally {
    closeSync(descriptor);
  }
}

/** Blanks and tabs stand around the interpreter, a zero ends it; a carriage return is a part of its name. */
function script(header: Buffer): ExecutableFormat {
  const line = header.toString('utf8', 2, SCRIPT_BYTES).split('\n')[0] ?? '';
  const interpreter = line.replace(/^[ \t]+/, '').split(/[ \t\0]/)[0] ?? '';
  return interpreter === '' ? { kind: 'unknown' } : { kind: 'script', interpreter };
}

/** `Elf64_Ehdr`: e_machine at 18, e_phoff at 32, e_phentsize at 54, e_phnum at 56; `Elf64_Phdr`: p_type 0, p_offset 8, p_filesz 32. */
function elf(header: Buffer, read: (at: number, length: number) => Buffer): ExecutableFormat {
  if (header.length < 64 || header[4] !== ELF_CLASS_64) return { kind: 'unknown' };
  const machine = header.readUInt16LE(18);
  const length = PHDR_BYTES * header.readUInt16LE(56);
  if (header.readUInt16LE(54) !== PHDR_BYTES || length > MOST_PHDR_BYTES)
    return { kind: 'elf', machine, interpreter: undefined };
  const table = read(Number(header.readBigUInt64LE(32)), length);
  for (let at = 0; at + PHDR_BYTES <= table.length; at += PHDR_BYTES) {
    if (table.readUInt32LE(at) !== PT_INTERP) continue;
    const size = Math.min(PATH_MAX, Number(table.readBigUInt64LE(at + 32)));
    const name = read(Number(table.readBigUInt64LE(at + 8)), size).toString('utf8');
    return { kind: 'elf', machine, interpreter: name.split('\0')[0] };
  }
  return { kind: 'elf', machine, interpreter: undefined };
}
