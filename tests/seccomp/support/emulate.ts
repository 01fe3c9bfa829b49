import type { Program } from '../../../src/seccomp/index.ts';

export interface Emulated {
  readonly answer: number;
  readonly executed: number;
  /** Whether the kernel may skip the filter for the number: `seccomp_is_const_allow`, kernel/seccomp.c. */
  readonly cached: boolean;
}

/** Runs a program for a call whose other words are all 0, and counts. Shares nothing with the simulator. */
export function emulate({ instructions }: Program, arch: number, nr: number): Emulated {
  let accumulator = 0;
  let executed = 0;
  let constant = true;
  for (let next = 0; ; ) {
    const instruction = instructions[next];
    if (instruction === undefined) throw new RangeError('past the end');
    const { code, jt, jf, k } = instruction;
    executed += 1;
    next += 1;
    if (code === 0x06) return { answer: k, executed, cached: constant && k === 0x7fff0000 };
    if (code === 0x20) {
      accumulator = k === 0 ? nr : k === 4 ? arch : 0;
      constant &&= k < 8;
    } else if (code === 0x05) next += k;
    else if (code === 0x15) next += accumulator === k ? jt : jf;
    else if (code === 0x25) next += accumulator > k ? jt : jf;
    else if (code === 0x35) next += accumulator >= k ? jt : jf;
    else if (code === 0x45) next += (accumulator & k) !== 0 ? jt : jf;
    else if (code === 0x54) accumulator = (accumulator & k) >>> 0;
    else throw new RangeError(`code ${code}`);
  }
}
