import type { Architecture } from '../kernel/architecture.ts';

const ARCHITECTURE_OF: ReadonlyMap<string, Architecture> = new Map([
  ['x64', 'x86_64'],
  ['arm64', 'aarch64'],
]);

/** The machine this process runs on; throws on one that no gate is written for. */
export function hostArchitecture(): Architecture {
  const architecture = ARCHITECTURE_OF.get(process.arch);
  if (architecture === undefined)
    throw new Error(`portcullis runs on x86-64 and AArch64, this is ${process.arch}`);
  return architecture;
}
