import type { Architecture } from '../../../kernel/architecture.ts';
import { listInstructions } from '../../bpf/disassemble.ts';
import { compileFilter } from '../../compile/compile-filter.ts';
import type { Exporter } from '../imported.ts';

/** The macro that the compiler of each machine defines. */
const MACHINE_MACRO: Readonly<Record<Architecture, string>> = {
  x86_64: '__x86_64__',
  aarch64: '__aarch64__',
};

/** Writes the compiled program as a C header, one instruction a line with its meaning. Nothing is lost. */
export const exportCHeader: Exporter = (filter, { name }) => {
  const program = compileFilter(filter);
  const word = name.replace(/[^A-Za-z0-9]+/g, '_').replace(/^(?=[0-9]|$)/, '_');
  const guard = `${word.toUpperCase()}_FILTER_H`;
  const listed = listInstructions(program);
  const rows = program.instructions.map(({ code, jt, jf, k }, index) => {
    const { text = '', note = '' } = listed[index] ?? {};
    const said = `${index}: ${text}${note === '' ? '' : `, ${note}`}`.replaceAll('*/', '* /');
    return `  { 0x${hexadecimal(code, 2)}, ${jt}, ${jf}, 0x${hexadecimal(k, 8)} }, /* ${said} */`;
  });
  const content = `/* The filter '${word}' for ${filter.architecture}: ${rows.length} instructions for seccomp(2), compiled by Portcullis.
 *
 * struct sock_fprog program = {
 *   .len = sizeof ${word}_filter / sizeof *${word}_filter,
 *   .filter = (struct sock_filter *)${word}_filter,
 * };
 * prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
 * syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
 */
#ifndef ${guard}
#define ${guard}

#include <linux/filter.h>

#ifndef ${MACHINE_MACRO[filter.architecture]}
#error "this filter is for ${filter.architecture}"
#endif

static const struct sock_filter ${word}_filter[] = {
${rows.join('\n')}
};

#endif
`;
  return { content, diagnostics: [] };
};

function hexadecimal(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
