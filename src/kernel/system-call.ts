/**
 * The part of an argument that the kernel uses: it truncates an `int` to 32 bits and a `umode_t` to 16.
 * `pointer`: an address; the memory behind it can change after a filter has looked.
 */
export type ArgumentKind = 'int16' | 'int32' | 'int64' | 'pointer';

export interface SystemCallArgument {
  /** The kernel's name of it. */
  readonly name: string;
  /** The C type of the kernel's prototype. */
  readonly type: string;
  readonly kind: ArgumentKind;
}

/** One system call as the kernel declares it. */
export interface SystemCall {
  readonly name: string;
  /** The number on each architecture; absent where the call does not exist. */
  readonly x86_64?: number;
  readonly aarch64?: number;
  /** Absent: the prototype is not known. */
  readonly args?: readonly SystemCallArgument[];
  /** The arguments on AArch64, where their order differs. */
  readonly argsAarch64?: readonly SystemCallArgument[];
}
