import { constantNumber } from '../kernel/constants.ts';
import { errnoName } from '../kernel/errno.ts';
import { syscallNumber } from '../kernel/system-calls.ts';
import { encodeProgram, type Program } from '../seccomp/index.ts';
import { hostArchitecture } from './host-architecture.ts';
import { addressOf, ErrnoError, systemCall } from './libc.ts';

/**
 * Attaches a filter to a socket that is closed again, as a launch attaches it to its own. Answers the name of the errno with which
 * the kernel refuses it: ENOMEM above `net.core.optmem_max`, which no length tells.
 */
export function trySocketFilter(program: Program): string | undefined {
  const bytes = encodeProgram(program);
  const fprog = new Uint8Array(16);
  const view = new DataView(fprog.buffer);
  view.setUint16(0, program.instructions.length, true);
  view.setBigUint64(8, addressOf(bytes), true);
  const type = constantNumber('SOCK_STREAM|SOCK_CLOEXEC');
  const socket = call('socket', constantNumber('AF_INET'), type, constantNumber('IPPROTO_TCP'));
  try {
    const [level, option] = [constantNumber('SOL_SOCKET'), constantNumber('SO_ATTACH_FILTER')];
    call('setsockopt', socket, level, option, fprog, fprog.length);
    return undefined;
  } catch (error) {
    if (!(error instanceof ErrnoError)) throw error;
    return errnoName(error.errno) ?? `errno ${error.errno}`;
  } finally {
    call('close', socket);
  }
}

function call(
  name: string,
  ...args: Parameters<typeof systemCall> extends [string, number, ...infer Rest] ? Rest : never
): number {
  const number = syscallNumber(name, hostArchitecture());
  if (number === undefined) throw new Error(`${hostArchitecture()} has no system call ${name}`);
  return systemCall(name, number, ...args);
}
