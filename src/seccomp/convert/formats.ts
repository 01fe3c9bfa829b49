import { exportBpf } from './bpf/export.ts';
import type { ExportFormat, ImportFormat } from './format-names.ts';
import type { Exporter, Importer } from './imported.ts';
import { importOci } from './oci/import.ts';

/** The reader of each format. */
export const IMPORTERS: Readonly<Record<ImportFormat, Importer>> = {
  oci: importOci,
};

/** The writer of each format. */
export const EXPORTERS: Readonly<Record<ExportFormat, Exporter>> = {
  bpf: exportBpf,
};
