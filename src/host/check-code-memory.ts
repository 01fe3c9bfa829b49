import { type CodeMemory, givenByKernel } from './elf/code-memory.ts';
import type { ElfHeaders } from './elf/headers.ts';
import type { Report } from './report.ts';

/** Every name by which a policy accepts memory that is writable and executable. */
export const CODE_MEMORY: readonly CodeMemory[] = ['executable-stack', 'writable-segment'];

const GIVEN: Readonly<Record<CodeMemory, string>> = {
  'executable-stack': 'an executable stack (PT_GNU_STACK)',
  'writable-segment': 'a segment that is writable and executable (PT_LOAD)',
};

const FIX: Readonly<Record<CodeMemory, string>> = {
  'executable-stack': 'link it with -z noexecstack, or clear the flag with patchelf --clear-execstack',
  'writable-segment': 'link it with its code and data apart (-z separate-code), and without text relocations',
};

/** Reports memory that is writable and executable before any filter is asked. */
export function checkGivenMemory(
  path: string,
  headers: ElfHeaders,
  part: 'program' | 'loader',
  report: Report,
): void {
  for (const kind of givenByKernel(headers, part)) {
    const message = `${path} has ${GIVEN[kind]}: the kernel makes it without asking the filter, and an attacker can write code there and run it`;
    report(kind, 'run.0', message, fixHelp(kind), { about: [kind] });
  }
}

/** Reports the memory that a library makes the loader ask for. */
export function reportAskedMemory(path: string, kind: CodeMemory, report: Report): void {
  const message = `the library ${path} makes the loader ask for ${ASKED[kind]}: a filter without a rule for it ends the program`;
  report(kind, 'run.0', message, fixHelp(kind), { about: [kind] });
}

const ASKED: Readonly<Record<CodeMemory, string>> = {
  'executable-stack': 'an executable stack (PT_GNU_STACK)',
  'writable-segment': 'code that is writable (PT_LOAD, DT_TEXTREL)',
};

function fixHelp(kind: CodeMemory): string {
  return `${FIX[kind]}; or accept it in the policy: accept: { ${kind}: REASON }`;
}

/** Reports a file that the kernel would execute but this caller cannot read. */
export function reportUnread(path: string, report: Report): void {
  const message = `you cannot read ${path}, so its stack, its segments and its libraries are unknown`;
  const names = CODE_MEMORY.join(' and ');
  const help = `check it as root, or make it readable (chmod +r); or accept ${names} in the policy, unseen`;
  report('executable-unreadable', 'run.0', message, help, { about: CODE_MEMORY });
}
