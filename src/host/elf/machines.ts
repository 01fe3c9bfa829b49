import type { Architecture } from '../../kernel/architecture.ts';

/** `EM_*` of the machines. Source: include/uapi/linux/elf-em.h. */
export const ELF_MACHINES: Readonly<Record<Architecture, number>> = { x86_64: 62, aarch64: 183 };

/** The directory names of a machine, as Debian and others write them, and what `$PLATFORM` and old loaders call it. */
export interface MachineNames {
  readonly multiarch: string;
  readonly platforms: readonly string[];
}

const X86_64: MachineNames = { multiarch: 'x86_64-linux-gnu', platforms: ['x86_64', 'haswell', 'xeon_phi'] };
const AARCH64: MachineNames = { multiarch: 'aarch64-linux-gnu', platforms: ['aarch64'] };

export function machineNames(machine: number): MachineNames {
  return machine === ELF_MACHINES.aarch64 ? AARCH64 : X86_64;
}
