import { constantNumber } from '../kernel/constants.ts';
import { errnoName, errnoOf } from '../kernel/errno.ts';
import { syscallNumber } from '../kernel/system-calls.ts';
import { encodeProgram, type Program } from '../seccomp/index.ts';
import { hostArchitecture } from './host-architecture.ts';
import { addressOf, type CallArgument, ErrnoError, systemCall } from './libc.ts';
import { readNetworkSettings } from './network-settings.ts';

/** The size of `struct sock_fprog`: the number of instructions, padding, the address of the first. */
const FPROG_BYTES = 16;

/**
 * Attaches a filter to a socket that is closed again, as a launch attaches it to its own. Answers the name of the errno with which
 * the kernel refuses it: ENOMEM above `net.core.optmem_max`, which no length tells, with the value of that.
 */
export function trySocketFilter(program: Program): string | undefined {
  try {
    const type = constantNumber('SOCK_STREAM|SOCK_CLOEXEC');
    const socket = call('socket', constantNumber('AF_INET'), type, constantNumber('IPPROTO_TCP'));
    try {
      attach(socket, program);
    } finally {
      call('close', socket);
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof ErrnoError)) throw error;
    return answerOf(error.errno);
  }
}

/** The memory of a filter has a setting: ENOMEM (net.core.optmem_max is 20480). */
function answerOf(errno: number): string {
  const name = errnoName(errno) ?? `errno ${errno}`;
  const most = errno === errnoOf('ENOMEM') ? readNetworkSettings().get('net.core.optmem_max') : undefined;
  return most === undefined ? name : `${name} (net.core.optmem_max is ${most})`;
}

/** The instructions lie behind the structure in one piece of memory, which the call keeps. */
function attach(socket: number, program: Program): void {
  const instructions = encodeProgram(program);
  const memory = new Uint8Array(FPROG_BYTES + instructions.length);
  memory.set(instructions, FPROG_BYTES);
  const view = new DataView(memory.buffer);
  view.setUint16(0, program.instructions.length, true);
  view.setBigUint64(8, addressOf(memory) + BigInt(FPROG_BYTES), true);
  const [level, option] = [constantNumber('SOL_SOCKET'), constantNumber('SO_ATTACH_FILTER')];
  call('setsockopt', socket, level, option, memory, FPROG_BYTES);
}

function call(name: string, ...args: readonly CallArgument[]): number {
  const number = syscallNumber(name, hostArchitecture());
  if (number === undefined) throw new Error(`${hostArchitecture()} has no system call ${name}`);
  return systemCall(name, number, ...args);
}
