import type { Architecture } from '../../../kernel/architecture.ts';

/** A machine as profiles call it: in `architectures`, and in the `arches` of conditions. */
export const OCI_MACHINE: Readonly<Record<Architecture, { readonly scmp: string; readonly arch: string }>> = {
  x86_64: { scmp: 'SCMP_ARCH_X86_64', arch: 'amd64' },
  aarch64: { scmp: 'SCMP_ARCH_AARCH64', arch: 'arm64' },
};
