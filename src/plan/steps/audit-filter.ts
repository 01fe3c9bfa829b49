import type { Architecture } from '../../kernel/architecture.ts';
import type { Instruction, Program } from '../../seccomp/index.ts';

// Codes beside those of filters for system calls; include/uapi/linux/bpf_common.h.
const LOAD_HALF = 0x28;
const LOAD_LENGTH = 0x80;
const LOAD_BEHIND_INDEX = 0x40;
const SUBTRACT = 0x14;
const TO_INDEX = 0x07;
const JUMP_EQUAL = 0x15;
const RETURN = 0x06;

/** `nlmsg_type` in `struct nlmsghdr`. */
const TYPE_AT = 4;
/** AUDIT_SECCOMP, 1326, little-endian: a packet is read in the order of the network. */
const RECORD = 0x2e05;

const WHOLE = 0xffff_ffff;

/** Four characters of a text as a packet is read. */
function word(text: string): number {
  return new DataView(new TextEncoder().encode(text).buffer).getUint32(0);
}

/**
 * The filter of the socket that hears the audit: it lets through the records about processes and threads that a filter has
 * killed, and none of those that merely log or answer an errno, which any program can make without end. The last field
 * of a record is the action: `code=0x80000000` is SECCOMP_RET_KILL_PROCESS, `code=0x0` SECCOMP_RET_KILL_THREAD.
 */
export function auditFilter(architecture: Architecture): Program {
  const step = (code: number, k: number, jt = 0, jf = 0): Instruction => ({ code, jt, jf, k });
  return {
    architecture,
    instructions: [
      step(LOAD_HALF, TYPE_AT),
      step(JUMP_EQUAL, RECORD, 0, 10),
      step(LOAD_LENGTH, 0),
      step(SUBTRACT, 8),
      step(TO_INDEX, 0),
      step(LOAD_BEHIND_INDEX, 0),
      step(JUMP_EQUAL, word('8000'), 0, 2),
      step(LOAD_BEHIND_INDEX, 4),
      step(JUMP_EQUAL, word('0000'), 4, 3),
      step(JUMP_EQUAL, word('code'), 0, 2),
      step(LOAD_BEHIND_INDEX, 4),
      step(JUMP_EQUAL, word('=0x0'), 1, 0),
      step(RETURN, 0),
      step(RETURN, WHOLE),
    ],
  };
}
