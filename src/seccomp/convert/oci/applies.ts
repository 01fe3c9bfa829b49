import {
  compareKernelReleases,
  type KernelRelease,
  OLDEST_KERNEL,
  parseKernelRelease,
} from '../../../kernel/kernel-release.ts';
import type { ImportOptions } from '../imported.ts';
import type { Problems } from '../problems.ts';
import { OCI_MACHINE } from './machine.ts';
import type { OciConditions, OciEntry } from './read-profile.ts';

/** The outcome of an entry's conditions; `unknown` when they depend on a kernel and none was named. */
export type Applies = 'yes' | 'no' | 'unknown';

/** `includes` must all be met, and none of `excludes`, as Docker and Podman have it. */
export function entryApplies(entry: OciEntry, options: ImportOptions, problems: Problems): Applies {
  const { includes, excludes } = entry;
  const { arch } = OCI_MACHINE[options.architecture];
  const has = ({ value }: { readonly value: string }): boolean => options.capabilities.has(value);
  const isHere = ({ value }: { readonly value: string }): boolean => value === arch;
  const young = kernelReached(includes, options, problems);
  const tooYoung = kernelReached(excludes, options, problems);
  const never =
    !includes.capabilities.every(has) ||
    excludes.capabilities.some(has) ||
    (includes.architectures.length > 0 && !includes.architectures.some(isHere)) ||
    excludes.architectures.some(isHere) ||
    young === 'no' ||
    tooYoung === 'yes';
  if (never) return 'no';
  return young === 'unknown' || tooYoung === 'unknown' ? 'unknown' : 'yes';
}

/** Compares the kernel with `minKernel`. Returns `undefined` where the entry sets none. */
function kernelReached(
  { minKernel }: OciConditions,
  { kernel }: ImportOptions,
  problems: Problems,
): Applies | undefined {
  if (minKernel === undefined) return undefined;
  const wanted = parseKernelRelease(minKernel.value);
  if (wanted === undefined) {
    const message = `'minKernel' is a release such as '4.8', found '${minKernel.value.slice(0, 40)}'`;
    problems.error('oci-kernel', message, minKernel.span);
    return 'unknown';
  }
  if (isAtLeast(kernel ?? OLDEST_KERNEL, wanted)) return 'yes';
  return kernel === undefined ? 'unknown' : 'no';
}

function isAtLeast(kernel: KernelRelease, wanted: KernelRelease): boolean {
  return compareKernelReleases(kernel, wanted) >= 0;
}
