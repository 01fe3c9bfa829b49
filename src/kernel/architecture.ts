/** The machines Portcullis knows. Words as in Node's `process.arch` would differ: these are the kernel's. */
export type Architecture = 'x86_64' | 'aarch64';

export const ARCHITECTURES: readonly Architecture[] = ['x86_64', 'aarch64'];

/** The values of `seccomp_data.arch`. Source: include/uapi/linux/audit.h. */
export const AUDIT_ARCH: Readonly<Record<Architecture, number>> = {
  x86_64: 0xc000003e,
  aarch64: 0xc00000b7,
};

/** The architecture of an AUDIT_ARCH_* value, if its calls have names here. */
export function architectureOf(auditArch: number): Architecture | undefined {
  return ARCHITECTURES.find((architecture) => AUDIT_ARCH[architecture] === auditArch);
}
