import { type Dynamic, readDynamic } from './elf/dynamic.ts';
import { type ElfHeaders, readHeaders } from './elf/headers.ts';
import { type ReadAt, readFrom } from './elf/read-at.ts';

/**
 * The format of an executable, with what the kernel needs besides the file. Source: fs/binfmt_script.c,
 * fs/binfmt_elf.c.
 */
export type ExecutableFormat =
  | { readonly kind: 'elf'; readonly headers: ElfHeaders; readonly dynamic: Dynamic | undefined }
  | { readonly kind: 'script'; readonly interpreter: string; readonly argument: string | undefined }
  | { readonly kind: 'unknown' };

/** `BINPRM_BUF_SIZE`, include/uapi/linux/binfmts.h. */
const SCRIPT_BYTES = 256;

/** Reads the headers of a program. Throws what opening and reading throw. */
export function executableFormat(path: string): ExecutableFormat {
  return readFrom(path, formatOfBytes) ?? { kind: 'unknown' };
}

/** The same of bytes that are not in a file. */
export function formatOfBytes(read: ReadAt): ExecutableFormat {
  const start = read(0, SCRIPT_BYTES);
  if (start.toString('latin1', 0, 2) === '#!') return script(start);
  const headers = readHeaders(read);
  if (headers === undefined) return { kind: 'unknown' };
  return { kind: 'elf', headers, dynamic: readDynamic(headers, read) };
}

/**
 * Blanks and tabs stand around the interpreter, a zero ends it; a carriage return is a part of its name. The rest of the
 * line is one argument, without the blanks around it.
 */
function script(start: Buffer): ExecutableFormat {
  const line = (start.toString('utf8', 2).split('\n')[0] ?? '').split('\0')[0] ?? '';
  const [, interpreter = '', argument = ''] = /^[ \t]*([^ \t]*)[ \t]*(.*?)[ \t]*$/s.exec(line) ?? [];
  if (interpreter === '') return { kind: 'unknown' };
  return { kind: 'script', interpreter, argument: argument === '' ? undefined : argument };
}
