import { encodeProgram } from '../../bpf/encode-program.ts';
import { compileFilter } from '../../compile/compile-filter.ts';
import type { Exporter } from '../imported.ts';

/** The compiled program as the kernel takes it: an array of `struct sock_filter`. Nothing is lost. */
export const exportBpf: Exporter = (filter) => ({
  content: encodeProgram(compileFilter(filter)),
  diagnostics: [],
});
