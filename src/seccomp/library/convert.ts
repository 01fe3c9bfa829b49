import type { Architecture } from '../../kernel/architecture.ts';
import { type KernelRelease, parseKernelRelease } from '../../kernel/kernel-release.ts';
import { type Diagnostic, hasErrors } from '../../policy/diagnostic.ts';
import type { ExportFormat, ImportFormat } from '../convert/format-names.ts';
import { EXPORTERS, IMPORTERS } from '../convert/formats.ts';
import { importedFilter } from '../convert/import-seccomp.ts';
import type { Exported, Exporter, ImportedFilter, Importer } from '../convert/imported.ts';
import type { Filter } from '../filter.ts';

export interface ImportFilterOptions {
  readonly architecture: Architecture;
  /** The name of the source in diagnostics; by default that of the format. */
  readonly file?: string;
  /** Capabilities of the program, `CAP_SYS_ADMIN`: some formats have rules for those with one, or without; none if left out. */
  readonly capabilities?: Iterable<string>;
  /** The kernel that the program will run on, `6.1`: some formats have rules for some kernels only. */
  readonly kernel?: string;
}

export interface ImportedSource {
  /** In the filter language; `undefined` when a diagnostic is an error. */
  readonly rules: ImportedFilter | undefined;
  /** The same, ready to be compiled, proved and compared. */
  readonly filter: Filter | undefined;
  /** Warnings name each loss. The imported filter is never wider than its source. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a filter of another tool. Throws a RangeError for a `format` or a `kernel` that is none. */
export function importFilter(
  format: ImportFormat,
  source: string | Uint8Array,
  options: ImportFilterOptions,
): ImportedSource {
  const { architecture, file = format, capabilities = [], kernel } = options;
  const read = known<Importer>(IMPORTERS, format);
  const { filter: rules, diagnostics } = read(source, {
    architecture,
    file,
    capabilities: new Set(capabilities),
    kernel: kernelRelease(kernel),
  });
  if (rules === undefined) return { rules, filter: undefined, diagnostics };
  const resolved = importedFilter(rules, architecture);
  const all = [...diagnostics, ...resolved.diagnostics];
  return hasErrors(all)
    ? { rules: undefined, filter: undefined, diagnostics: all }
    : { rules, filter: resolved.filter, diagnostics: all };
}

/**
 * Writes a filter in the form of another tool. Warnings name each part that the form cannot hold. `name` is that of the filter
 * in the form. Throws a RangeError for an unknown `format`.
 */
export function exportFilter(
  format: ExportFormat,
  filter: Filter,
  options: { readonly name?: string } = {},
): Exported {
  return known<Exporter>(EXPORTERS, format)(filter, { name: options.name ?? 'portcullis' });
}

/** Looks up a format by its own key, because callers in JavaScript may pass any name. */
function known<Entry>(table: Readonly<Record<string, Entry>>, format: string): Entry {
  const entry = Object.hasOwn(table, format) ? table[format] : undefined;
  if (entry === undefined)
    throw new RangeError(`no format is named '${format}'; there are ${Object.keys(table).join(', ')}`);
  return entry;
}

function kernelRelease(text: string | undefined): KernelRelease | undefined {
  if (text === undefined) return undefined;
  const release = parseKernelRelease(text);
  if (release === undefined)
    throw new RangeError(`'${text}' is not a kernel release; write one such as '6.1'`);
  return release;
}
