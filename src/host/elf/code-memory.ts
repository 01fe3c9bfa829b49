import type { Dynamic } from './dynamic.ts';
import { type ElfHeaders, PF_W, PF_X, type ProgramHeader, PT_GNU_STACK, PT_LOAD } from './headers.ts';
import { ELF_MACHINES } from './machines.ts';

/** The names by which a policy accepts the memory that the headers of a program ask for. */
export type CodeMemory = 'executable-stack' | 'writable-segment';

/**
 * Returns the memory that the kernel gives a program, or a loader, before its first instruction. No filter can stop it.
 * Without `PT_GNU_STACK` the stack of a 64-bit program is not executable. The kernel does not ask for a loader's.
 * Source: `load_elf_binary`, fs/binfmt_elf.c; the table in arch/x86/include/asm/elf.h.
 */
export function givenByKernel({ program }: ElfHeaders, part: 'program' | 'loader'): readonly CodeMemory[] {
  const stack = part === 'program' && program.some(isExecutableStack);
  return named(stack, program.some(isWritableCode));
}

/**
 * Returns the memory that the loader asks the kernel for when it loads a program or library. A filter sees these calls.
 * glibc gives a library of x86-64 without `PT_GNU_STACK` an executable stack; musl makes no stack executable.
 * Source: `_dl_map_object_from_fd`, elf/dl-load.c; sysdeps/x86_64/stackinfo.h.
 */
export function askedByLoader(
  { machine, program }: ElfHeaders,
  dynamic: Dynamic | undefined,
  loader: 'glibc' | 'musl',
): readonly CodeMemory[] {
  const silent = machine === ELF_MACHINES.x86_64 && !program.some(({ type }) => type === PT_GNU_STACK);
  const stack = loader === 'glibc' && (silent || program.some(isExecutableStack));
  return named(stack, program.some(isWritableCode) || dynamic?.textRelocations === true);
}

function named(stack: boolean, segment: boolean): readonly CodeMemory[] {
  return [...(stack ? ['executable-stack' as const] : []), ...(segment ? ['writable-segment' as const] : [])];
}

function isExecutableStack({ type, flags }: ProgramHeader): boolean {
  return type === PT_GNU_STACK && (flags & PF_X) !== 0;
}

/**
 * An executable segment that is marked writable, or that is longer in memory than in the file: the kernel makes the rest
 * by `vm_brk_flags`, which is always writable. Source: `elf_load`, fs/binfmt_elf.c.
 */
function isWritableCode({ type, flags, fileSize, memorySize }: ProgramHeader): boolean {
  return type === PT_LOAD && (flags & PF_X) !== 0 && ((flags & PF_W) !== 0 || memorySize > fileSize);
}
