import type { Architecture } from '../kernel/architecture.ts';
import { syscallName, syscallNumber } from '../kernel/system-calls.ts';

/** x86-64 marks calls of the x32 ABI with this bit. Source: `__X32_SYSCALL_BIT`, arch/x86/include/uapi/asm/unistd.h. */
export const X32_SYSCALL_BIT = 0x4000_0000;

/** The number that a tracer writes over the number of a call to cancel it. The filter then runs again. */
export const CANCELLED_CALL = 0xffff_ffff;

const BARE_NUMBER = /^syscall_(0|[1-9][0-9]{0,9})$/;

/** The number in a name such as `syscall_600`, which stands for a call without a name. */
export function bareNumber(name: string): number | undefined {
  const match = BARE_NUMBER.exec(name);
  if (match === null) return undefined;
  const number = Number(match[1]);
  return number < X32_SYSCALL_BIT ? number : undefined;
}

/** The number of a call by its kernel name or as `syscall_600`. */
export function callNumber(name: string, architecture: Architecture): number | undefined {
  return bareNumber(name) ?? syscallNumber(name, architecture);
}

/** The name under which rules of a call are collected: `syscall_1` is `write` on x86-64. */
export function canonicalCall(name: string, architecture: Architecture): string {
  const number = bareNumber(name);
  return (number === undefined ? undefined : syscallName(number, architecture)) ?? name;
}
