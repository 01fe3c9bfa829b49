import type { Program } from '../../../src/seccomp/index.ts';

/** BPF_RET|K, BPF_JMP JA, JEQ, JGE, JGT, JSET with K, BPF_ALU AND with K: those of `seccomp_check_filter` that we use. */
const ALLOWED = new Set([0x20, 0x54, 0x05, 0x15, 0x25, 0x35, 0x45, 0x06]);

/** The kernel's reasons to refuse a program: `bpf_check_classic`, net/core/filter.c, and `seccomp_check_filter`, kernel/seccomp.c. */
export function refusals({ instructions }: Program): readonly string[] {
  const reasons: string[] = [];
  const { length } = instructions;
  if (length === 0 || length > 4096) reasons.push(`length ${length}`);
  instructions.forEach(({ code, jt, jf, k }, index) => {
    if (!ALLOWED.has(code)) reasons.push(`${index}: code ${code}`);
    if (code === 0x20 && (k % 4 !== 0 || k >= 64)) reasons.push(`${index}: load at ${k}`);
    if (code === 0x05 && k >= length - index - 1) reasons.push(`${index}: jump past the end`);
    const conditional = (code & 0x07) === 0x05 && code !== 0x05;
    if (conditional && (index + jt + 1 >= length || index + jf + 1 >= length))
      reasons.push(`${index}: branch past the end`);
    if (jt < 0 || jt > 255 || jf < 0 || jf > 255 || k < 0 || k > 0xffffffff)
      reasons.push(`${index}: field out of range`);
  });
  if (instructions.at(-1)?.code !== 0x06) reasons.push('does not end with a return');
  return reasons;
}
